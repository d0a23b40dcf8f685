"""Every recipe in the package can be read, and its settings exist."""

import json
from pathlib import Path

import pytest
import yaml

import altd_trainer
from altd_trainer.pretrain import PretrainRecipe
from altd_trainer.recipe import Recipe, read_yaml
from altd_trainer.settings import MCMDPOConfig
from altd_trainer.sft import SFTSettings

FOLDER = Path(altd_trainer.__file__).parent / "recipes"
RECIPES = sorted(FOLDER.glob("*.yaml"))
ON_A_CARD = {"bf16", "tf32"}  # refused where there is none


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_names_settings_that_there_are(path: Path, tmp_path: Path) -> None:
    if "pictures" in read_yaml(path):
        PretrainRecipe.read(path)
        return
    settings = SFTSettings if "-sft" in path.stem else MCMDPOConfig
    training = {k: v for k, v in Recipe.read(path).training.items() if k not in ON_A_CARD}
    config = settings(**training, output_dir=str(tmp_path), use_cpu=True)
    config.paradigm()
    if isinstance(config, MCMDPOConfig):
        config.objective()


def test_the_papers_run_has_the_papers_numbers(tmp_path: Path) -> None:
    one, two = (Recipe.read(FOLDER / f"paper-llava-1.6-vicuna-7b{end}.yaml").training for end in ("-sft", ""))
    assert (one["learning_rate"], two["learning_rate"]) == (2e-5, 5e-7)
    assert (4 * one["gradient_accumulation_steps"], 4 * two["gradient_accumulation_steps"]) == (128, 64)
    for stage in (one, two):
        assert (stage["adapter"], stage["vision_encoder"]) == ("full", "trained")
        assert (stage["warmup_steps"], stage["weight_decay"], stage["max_grad_norm"]) == (0.03, 0, 0)


@pytest.mark.parametrize("path", sorted((FOLDER / "distributed").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_launchers_file_is_one(path: Path) -> None:
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    kinds = {"ddp": "MULTI_GPU", "fsdp2-full": "FSDP", "zero3-full": "DEEPSPEED"}
    assert values["distributed_type"] == kinds[path.stem]
    named = values.get("deepspeed_config", {}).get("deepspeed_config_file")
    if named:
        root = FOLDER.parents[2]
        assert json.loads((root / named).read_text())["zero_optimization"]["stage"] == 3
