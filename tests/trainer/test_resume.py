"""A run that stops, in order or by SIGKILL, ends like one that did not stop."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from altd_trainer.checkpoints import last_checkpoint
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.recipe import Recipe

from .preference_runs import SGD, MakeExamples, StopAfter, adapter_weights, lora_model, make_trainer

SETTINGS = {
    "per_device_train_batch_size": 2,
    "gradient_accumulation_steps": 1,
    "learning_rate": 5e-3,
    "lr_scheduler_type": "constant",
    "warmup_steps": 0,
    # two processes round differently; where a gradient is next to nothing, Adam would make much of that
    "adam_epsilon": 1e-3,
    "logging_steps": 1,
}


def adapter(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter" / "adapter_model.safetensors")


def assert_same(first: Mapping[str, torch.Tensor], second: Mapping[str, torch.Tensor]) -> None:
    assert first.keys() == second.keys()
    for name, value in first.items():
        torch.testing.assert_close(second[name], value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        # beta-DPO has statistics and draws of its own; two batches a step make it look ahead
        {"dynamic_beta": {"scale": 0.1, "keep": 0.5}, "gradient_accumulation_steps": 2},
    ],
    ids=["mcm-dpo", "dynamic beta"],
)
def test_three_steps_and_three_more_are_six(
    changes: dict[str, Any], model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    settings = SETTINGS | {"save_steps": 3} | changes

    def run(folder: str, steps: int) -> list[float]:
        events: list[Mapping[str, Any]] = []
        train_mcm_dpo(
            model_dir,
            None,
            make_examples(6),
            tmp_path / folder,
            settings | {"max_steps": steps},
            report=events.append,
        )
        return [event["loss"] for event in events if "loss" in event]

    whole = run("whole", 6)
    assert [*run("parts", 3), *run("parts", 6)] == pytest.approx(whole, abs=1e-6)
    assert len(whole) == 6
    assert_same(adapter(tmp_path / "whole"), adapter(tmp_path / "parts"))


def recipe(folder: Path, model_dir: Path, **changes: Any) -> Path:
    training = SETTINGS | {"max_steps": 12, "save_steps": 2} | changes
    values = {"output": str(folder), "model": str(model_dir), "data": "synthetic:train", "count": 8}
    folder.mkdir()
    (folder / "recipe.yaml").write_text(json.dumps(values | {"training": training}))  # JSON is YAML
    return folder / "recipe.yaml"


@pytest.mark.parametrize("changes", [{}, {"curriculum_ranks": [16, 20, 24]}], ids=["plain", "growing"])
def test_a_killed_run_goes_on_and_ends_the_same(
    changes: dict[str, Any], model_dir: Path, tmp_path: Path
) -> None:
    Recipe.read(recipe(tmp_path / "whole", model_dir, **changes)).run(train_mcm_dpo, lambda event: None)

    killed = recipe(tmp_path / "killed", model_dir, **changes)
    command = [sys.executable, "-m", "altd_trainer", "mcm-dpo", "--json-progress", "--recipe", str(killed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line).get("step", 0) >= 5:
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed" / "adapter").exists()

    events: list[Mapping[str, Any]] = []
    Recipe.read(killed).run(train_mcm_dpo, events.append)
    first = next(event["step"] for event in events if event["event"] == "step")
    assert 4 <= first <= 12  # at most one save interval is done again
    assert_same(adapter(tmp_path / "whole"), adapter(tmp_path / "killed"))


def test_a_checkpoint_that_was_not_written_to_its_end_is_passed_over(tmp_path: Path) -> None:
    assert last_checkpoint(tmp_path / "none") is None
    for step, state in (
        (8, {"global_step": 8}),
        (10, {"global_step": 10}),
        (12, None),
        (14, {"global_step": 9}),
    ):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if state:
            (folder / "trainer_state.json").write_text(json.dumps(state))
    (tmp_path / "checkpoint-16").mkdir()
    (tmp_path / "checkpoint-16" / "trainer_state.json").write_text('{"global_st')
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-10")


def test_an_interrupted_run_ends_like_an_uninterrupted_one(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    examples = make_examples(6)
    whole = lora_model(model_dir, fresh=False)
    make_trainer(whole, model_dir, tmp_path / "whole", examples, max_steps=4).train()

    folder, settings = tmp_path / "cut", {"save_strategy": "steps", "save_steps": 2, "max_steps": 4}
    cut = lora_model(model_dir, fresh=False)
    first = make_trainer(cut, model_dir, folder, examples, **settings)
    first.add_callback(StopAfter(2))
    first.train()
    resumed = lora_model(model_dir, fresh=False)
    second = make_trainer(resumed, model_dir, folder, examples, **settings)
    second.train(resume_from_checkpoint=True)
    assert second.state.global_step == 4
    for name, weight in adapter_weights(whole).items():
        torch.testing.assert_close(adapter_weights(resumed)[name], weight)


@pytest.mark.parametrize("precompute", [True, False], ids=["cached", "live"])
def test_a_partly_frozen_adapter_goes_on_partly_frozen(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples, precompute: bool
) -> None:
    def run(folder: str, steps: int, **settings: Any) -> dict[str, torch.Tensor]:
        model = lora_model(model_dir, fresh=False)
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(parameter.requires_grad and "projector" not in name)
        settings |= SGD | {"save_strategy": "steps", "save_steps": 2, "max_steps": 4}
        settings |= {"precompute_ref_log_probs": precompute}
        trainer = make_trainer(model, model_dir, tmp_path / folder, make_examples(4), **settings)
        trainer.add_callback(StopAfter(steps))
        trainer.train(resume_from_checkpoint=folder == "parts" and steps == 4)
        assert trainer.state.global_step == steps
        return adapter_weights(model)

    whole = run("whole", 4)
    run("parts", 2)
    parts = run("parts", 4)
    assert parts.keys() == whole.keys()
    for name, weight in whole.items():
        torch.testing.assert_close(parts[name], weight)
