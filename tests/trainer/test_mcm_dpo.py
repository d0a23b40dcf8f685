"""Stage 2 from a recipe to an adapter that loads."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from altd.models.loading import load_model
from altd_trainer.cli import main
from altd_trainer.data import PreferenceExample, write_examples
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.paradigms import LoraSettings

MakeExamples = Callable[[int], list[PreferenceExample]]


def run(recipe: str, folder: Path) -> list[dict[str, object]]:
    (folder / "recipe.yaml").write_text(recipe)
    options = ["mcm-dpo", "--json-progress", "--recipe", str(folder / "recipe.yaml")]
    result = CliRunner().invoke(main, options, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_recipe_makes_an_adapter(model_dir: Path, tmp_path: Path) -> None:
    recipe = f"""
output: {tmp_path}
model: {model_dir}
data: synthetic:train
count: 3
validation: synthetic:validation
validation_count: 2
lora: {{r: 4, alpha: 8}}
training: {{learning_rate: 1.0e-3, logging_steps: 1, per_device_train_batch_size: 1, vision_encoder: trained}}
"""
    events = run(recipe, tmp_path)
    assert [event["event"] for event in events][:2] == ["reading examples", "step"]
    assert events[-1]["event"] == "done"
    assert {"loss", "rewards/margins", "eval_loss"} <= events[-1].keys()
    weights = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert any("vision_tower" in name for name in weights)
    assert str(tmp_path.parent.parent) not in (tmp_path / "adapter" / "adapter_config.json").read_text()
    assert load_model(model_dir, "nf4", adapter=tmp_path / "adapter").peft_config["default"].r == 4


def test_an_adapter_is_continued_as_its_own_reference(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    settings = {"learning_rate": 1e-2, "logging_steps": 1, "num_train_epochs": 2}
    lora = LoraSettings(r=4, alpha=8)
    train_mcm_dpo(model_dir, None, make_examples(4), tmp_path / "a", settings, lora=lora)
    first = tmp_path / "a" / "adapter"
    figures = train_mcm_dpo(
        model_dir, first, make_examples(4), tmp_path / "b", settings | {"max_steps": 1, "warmup_steps": 0}
    )
    assert figures["loss"] == pytest.approx(0.693147, abs=1e-5)
    before = load_file(first / "adapter_model.safetensors")
    after = load_file(tmp_path / "b" / "adapter" / "adapter_model.safetensors")
    assert before.keys() == after.keys()
    assert not all(torch.equal(before[name], after[name]) for name in before)


def test_a_file_of_examples(model_dir: Path, tmp_path: Path, make_examples: MakeExamples) -> None:
    write_examples(make_examples(3), tmp_path / "e.jsonl")
    recipe = f"output: {tmp_path}\nmodel: {model_dir}\ndata: {tmp_path}/e.jsonl\nquantization: none\n"
    assert run(recipe, tmp_path)[-1]["event"] == "done"


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("output: out\nepochs: 3\n", "epochs"),
        ("output: out\ndata: synthetic:train\n", "say how many with `count`"),
        ("output: out\nmodel: nowhere\ncount: 1\n", "directory with a config.json"),
    ],
)
def test_wrong_recipes_are_one_sentence(recipe: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text(recipe)
    result = CliRunner().invoke(main, ["mcm-dpo", "--recipe", str(tmp_path / "r.yaml")])
    assert result.exit_code == 1
    assert message in result.stderr
