"""A run that cannot be says why: the example or the setting."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from altd.errors import AltdError
from altd.models.loading import load_model

from .preference_runs import MakeExamples, lora_model, make_trainer


def test_errors_name_the_example(model_dir: Path, tmp_path: Path, make_examples: MakeExamples) -> None:
    model = lora_model(model_dir)
    with pytest.raises(AltdError, match="training set is empty"):
        make_trainer(model, model_dir, tmp_path, [])
    with pytest.raises(AltdError, match="example e0 stands 2 times"):
        make_trainer(model, model_dir, tmp_path, make_examples(1) * 2)
    broken = [replace(make_examples(1)[0], id="shot-7", image=b"no picture")]
    with pytest.raises(ValueError, match="example shot-7: "):
        make_trainer(model, model_dir, tmp_path, broken).train()
    missing = [replace(make_examples(1)[0], id="shot-8", image=tmp_path / "gone.png")]
    with pytest.raises(ValueError, match=r"example shot-8: .*No such file"):
        make_trainer(model, model_dir, tmp_path, missing).train()
    long = [replace(make_examples(1)[0], id="shot-9", chosen="word " * 600)]
    with pytest.raises(ValueError, match=r"example shot-9: \d+ tokens, the model takes 512"):
        make_trainer(model, model_dir, tmp_path, long).train()
    special = [replace(make_examples(1)[0], id="shot-10", chosen="a </s> <image> trick")]
    with pytest.raises(ValueError, match="example shot-10: the answer"):
        make_trainer(model, model_dir, tmp_path, special).train()


def test_a_loss_that_is_not_a_number_names_the_example(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    model = lora_model(model_dir, fresh=False)
    trainer = make_trainer(model, model_dir, tmp_path, make_examples(1), precompute_ref_log_probs=False)
    with torch.no_grad():
        next(p for n, p in model.named_parameters() if ".lora_B.default" in n).fill_(torch.nan)
    with pytest.raises(AltdError, match="loss of example e0 is not a finite number"):
        trainer.train()


def test_a_model_without_adapter_is_refused(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    model = load_model(model_dir, "none").requires_grad_(False)
    with pytest.raises(AltdError, match="no trainable adapter"):
        make_trainer(model, model_dir, tmp_path, make_examples(1))


def test_settings_that_do_not_go_together_are_named(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    model, live = lora_model(model_dir), {"precompute_ref_log_probs": False}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"token_kl": 0.1}, "set precompute_ref_log_probs to false"),
        ({"token_kl": 0.1, "row_microbatching": True, **live}, "set one of them off"),
        ({"curriculum_chunks": 2, **live}, "set precompute_ref_log_probs to true"),
    ]
    for settings, message in wrong:
        with pytest.raises(AltdError, match=message):
            make_trainer(model, model_dir, tmp_path, make_examples(2), **settings)
    with pytest.raises(ValueError, match="preset must be one of"):
        make_trainer(model, model_dir, tmp_path, make_examples(2), preset="ipo")
