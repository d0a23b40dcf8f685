"""The twenty real posts, where they are at hand: a very small model learns all seven preferences of them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from altd_trainer.cli import main
from altd_trainer.data import read_examples, write_examples
from altd_trainer.objective import LEAVES

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not part of the project")
def test_all_seven_margins_rise(model_dir: Path, tmp_path: Path) -> None:
    training = {
        "per_device_train_batch_size": 10,
        "gradient_accumulation_steps": 1,
        "num_train_epochs": 3,
        "learning_rate": 1e-2,
        "warmup_steps": 0,
        "lr_scheduler_type": "constant",
        "logging_steps": 2,  # the last log is the mean over all of them
        "save_strategy": "no",
        "vision_encoder": "trained",
    }
    files = (SAMPLES / f"{site}_train.json" for site in ("twitter", "pinterest"))
    examples = [example for file in files for example in read_examples(file, SAMPLES / "images")]
    assert len(examples) == 20
    write_examples(examples, tmp_path / "examples.jsonl")
    values = {"output": str(tmp_path), "model": str(model_dir), "data": str(tmp_path / "examples.jsonl")}
    (tmp_path / "recipe.yaml").write_text(json.dumps(values | {"quantization": "none", "training": training}))
    result = CliRunner().invoke(main, ["mcm-dpo", "--recipe", str(tmp_path / "recipe.yaml")])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout.splitlines()[-1])
    assert figures["loss"] < 0.6
    for name in LEAVES:
        assert figures[f"margins/{name}"] > 0, name
