"""docs/training.md names every setting of stage 2 and every key of a recipe."""

import re
from dataclasses import fields
from pathlib import Path

from transformers import TrainingArguments

from altd_trainer.objective import LEAVES, DynamicBeta
from altd_trainer.recipe import Recipe
from altd_trainer.settings import MCMDPOConfig

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def named(heading: str) -> set[str]:
    """The names in the first column of the table below a heading."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = re.findall(r"^\| (`[^|]+`) \|", section, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_every_key_of_a_recipe() -> None:
    assert named("A recipe") == {field.name for field in fields(Recipe)}


def test_every_setting_of_stage_2() -> None:
    library = {field.name for field in fields(TrainingArguments)}
    assert named("One preference against seven") == {f.name for f in fields(MCMDPOConfig)} - library


def test_parts_of_settings() -> None:
    for name in [*LEAVES, *(field.name for field in fields(DynamicBeta))]:
        assert f"`{name}`" in PAGE, name
