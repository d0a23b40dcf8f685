"""The plot and the table of what people's verdicts change."""

import json
from pathlib import Path
from typing import Any

import pytest
from retrain_plot import collect, draw, table
from retrain_study import Run, recipe


def result(folder: Path, seed: int, verdicts: int, method: str, agreed: list[float], **run: Any) -> None:
    named = {"taste": "short", "habits": "usual", "seed": seed, "verdicts": verdicts, "method": method, **run}
    content = {"run": named, "recipe": recipe(Run(**named)), "figures": {"agreement": agreed}}
    (folder / f"{Run(**named).name}.json").write_text(json.dumps(content), encoding="utf-8")


def test_figures_are_over_all_seeds_and_the_start_is_everybodys(tmp_path: Path) -> None:
    result(tmp_path, 0, 0, "none", [0.0, 0.0, 0.0, 1.0])
    result(tmp_path, 0, 50, "mcm-dpo", [1.0, 1.0, 0.0, 1.0])
    result(tmp_path, 1, 50, "mcm-dpo", [1.0, 1.0, 1.0, 1.0])
    result(tmp_path, 0, 50, "dpo", [0.0, 0.0, 0.0, 0.0], habits="careless")
    course = collect(tmp_path)["short"]["mcm-dpo"]
    assert course[0].value == 0.25
    assert course[50].value == pytest.approx(7 / 8)
    lines = table(collect(tmp_path)).splitlines()
    assert lines[0] == "| taste | method | 0 | 50 |"
    assert len(lines) == 3  # a method that was not run has no row
    assert lines[2].startswith("| short | mcm-dpo | 0.25 [")


def test_what_another_recipe_made_is_left_out(tmp_path: Path) -> None:
    result(tmp_path, 0, 50, "mcm-dpo", [1.0, 1.0])
    (file,) = tmp_path.iterdir()
    content = json.loads(file.read_text(encoding="utf-8"))
    content["recipe"]["steps"] += 1
    result(tmp_path, 0, 50, "sft", [0.0, 1.0])
    file.write_text(json.dumps(content), encoding="utf-8")
    assert list(collect(tmp_path)["short"]) == ["sft"]


def test_the_plot_is_drawn_the_same_each_time(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    result(tmp_path / "results", 0, 50, "sft", [1.0, 0.0])
    files = [tmp_path / "one.svg", tmp_path / "two" / "two.svg"]
    for file in files:
        draw(collect(tmp_path / "results"), file)
    assert "<svg" in files[0].read_text(encoding="utf-8")
    assert files[0].read_bytes() == files[1].read_bytes()
