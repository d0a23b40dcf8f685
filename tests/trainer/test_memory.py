"""Ways to save memory change nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from .preference_runs import MakeExamples, adapter_weights, lora_model, make_trainer, trained


def test_activation_checkpointing_gives_the_same_result(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    plain, checkpointed = lora_model(model_dir), lora_model(model_dir)
    make_trainer(plain, model_dir, tmp_path / "a", make_examples(2)).train()
    make_trainer(
        checkpointed, model_dir, tmp_path / "b", make_examples(2), activation_checkpointing=True
    ).train()
    for name, weight in adapter_weights(plain).items():
        torch.testing.assert_close(adapter_weights(checkpointed)[name], weight)


@pytest.mark.parametrize(
    "settings",
    [
        {"row_microbatching": True},
        {"row_microbatching": True, "gradient_accumulation_steps": 2, "per_device_train_batch_size": 1},
        {"layout": "rows"},
        {"layout": "vision_shared", "row_microbatching": True},
        {"activation_checkpointing": True},
    ],
    ids=str,
)
def test_ways_to_save_memory_train_the_same_adapter(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples, settings: dict[str, Any]
) -> None:
    examples = [
        replace(each, weight=weight) for each, weight in zip(make_examples(4), (1, 0.5, 2, 1), strict=True)
    ]
    options = {"train_sampling_strategy": "sequential"}
    plain, trainer = trained(model_dir, tmp_path / "plain", examples, **options)
    saving, other = trained(model_dir, tmp_path / "saving", examples, **options | settings)
    for name, weight in plain.items():
        torch.testing.assert_close(saving[name], weight, rtol=1e-4, atol=1e-5)
    one, two = (each.state.log_history[1] for each in (trainer, other))
    assert one["margins/context_image"] == pytest.approx(two["margins/context_image"], abs=1e-4)
    assert one["loss"] == pytest.approx(two["loss"], abs=1e-5)
