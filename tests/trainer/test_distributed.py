"""Two processes on this machine's CPU train what one process trains."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.recipe import Recipe
from altd_trainer.sft import train_sft
from tiny_model import build_learner

STEPS = 3
SAME = {
    "max_steps": STEPS,
    "learning_rate": 5e-3,
    "lr_scheduler_type": "constant",
    "warmup_steps": 0,
    "adam_epsilon": 1e-3,  # where a gradient is next to nothing, Adam would make much of its rounding
    "logging_steps": 1,
    "save_strategy": "no",
    "gradient_accumulation_steps": 1,
    "train_sampling_strategy": "sequential",
    "use_cpu": True,
}
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "4 bits": ("mcm-dpo", {"quantization": "nf4"}, {}),
    # beta and what is kept come from the gaps of both processes, in the order of the examples
    "dynamic beta by rows": (
        "mcm-dpo",
        {},
        {
            "dynamic_beta": {"scale": 0.1, "keep": 0.5},
            "row_microbatching": True,
        },
    ),
    "all of it": ("mcm-dpo", {}, {"adapter": "full", "vision_encoder": "trained"}),
    "stage 1": ("sft", {}, {"vision_encoder": "trained"}),
}
TRAIN: dict[str, Callable[..., Any]] = {"mcm-dpo": train_mcm_dpo, "sft": train_sft}


def recipe(folder: Path, model: Path, case: str, batch: int) -> Path:
    _, top, training = CASES[case]
    values = {"output": str(folder), "model": str(model), "data": "synthetic:train", "count": 12}
    values |= {"quantization": "none", **top}
    folder.mkdir(parents=True)
    file = folder / "recipe.yaml"
    # JSON is YAML
    file.write_text(
        json.dumps(values | {"training": SAME | {"per_device_train_batch_size": batch} | training})
    )
    return file


def trained(folder: Path) -> dict[str, torch.Tensor]:
    part = "adapter/adapter_model" if (folder / "adapter").exists() else "model/model"
    return load_file(folder / f"{part}.safetensors")


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[dict[str, Any]]]:
    """All cases in two processes, one after the other: the model, the folder, and what was said."""
    folder = tmp_path_factory.mktemp("together")
    model = build_learner(folder / "tiny", "clip")
    files = {case: recipe(folder / case, model, case, batch=1) for case in CASES}
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local_addr=127.0.0.1"]
    done = subprocess.run(
        [
            *launcher,
            "--nproc_per_node=2",
            str(Path(__file__).with_name("two_processes.py")),
            *(f"{CASES[case][0]}:{file}" for case, file in files.items()),
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return model, folder, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("case", CASES)
def test_two_processes_equal_one(
    case: str, together: tuple[Path, Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    model, folder, _ = together
    file = recipe(tmp_path / "alone", model, case, batch=2)
    Recipe.read(file).run(TRAIN[CASES[case][0]], lambda event: None)
    alone, both = trained(tmp_path / "alone"), trained(folder / case)
    assert alone.keys() == both.keys()
    for name, value in alone.items():
        torch.testing.assert_close(both[name], value, rtol=1e-5, atol=1e-5, msg=name)


def test_there_were_two_and_one_spoke(together: tuple[Path, Path, list[dict[str, Any]]]) -> None:
    _, _, events = together
    assert [event["processes"] for event in events if event["event"] == "training together"] == [2] * len(
        CASES
    )
    logged = [event["step"] for event in events if event["event"] == "step" and "loss" in event]
    assert logged == [1, 2, 3] * len(CASES)
    assert [event["event"] for event in events].count("done") == len(CASES)


def test_one_reference_for_both(together: tuple[Path, Path, list[dict[str, Any]]]) -> None:
    _, folder, _ = together
    logps = load_file(folder / "4 bits" / "checkpoints" / "reference.safetensors")["logps"]
    assert logps.shape == (12, 2, 2, 2)
    assert len(logps.unique(dim=0)) == 12
