"""The methods beside each other, person by person."""

import json
from pathlib import Path

from retrain_compare import compare
from retrain_study import Run, recipe


def result(
    folder: Path, run: Run, agreed: list[float], facts: float | None = None, steps: int | None = None
) -> None:
    changes = {} if facts is None else {name: {"change": facts} for name in ("facts", "told")}
    content = {
        "run": vars(run),
        "recipe": {**recipe(run), **({} if steps is None else {"steps": steps})},
        "generation": None if facts is None else "g",
        "figures": {"agreement": agreed, **changes},
    }
    (folder / f"{run.name}.json").write_text(json.dumps(content), encoding="utf-8")


def test_only_people_who_have_both_count(tmp_path: Path) -> None:
    for taste in ("short", "detailed"):
        result(tmp_path, Run(taste, 0, 50, "mcm-dpo"), [1.0, 1.0], -0.02)
    result(tmp_path, Run("detailed", 1, 50, "mcm-dpo"), [0.0, 0.0], -0.5)
    result(tmp_path, Run("detailed", 0, 50, "sft"), [1.0, 0.0], -0.03)
    result(tmp_path, Run("detailed", 0, 100, "sft"), [0.0, 0.0], -0.03)
    assert compare(tmp_path).splitlines()[2:] == ["| sft | 50 | 1 | 1 and 1 | +50.0 | +1.0 | +1.0 |"]


def test_what_is_left_out_as_wanted_is_not_forgotten(tmp_path: Path) -> None:
    for taste, facts in (("short", -0.2), ("no colours", -0.3), ("detailed", 0.0)):
        result(tmp_path, Run(taste, 0, 50, "mcm-dpo"), [1.0, 0.0], facts)
        result(tmp_path, Run(taste, 0, 50, "dpo"), [1.0, 0.0], -0.1)
    (row,) = compare(tmp_path).splitlines()[2:]
    assert row.startswith("| dpo | 50 | 3 | 3 and 3 | +0.0 [+0.0, +0.0] | +10.0 | -")


def test_who_was_refused_keeps_the_old_one_and_forgets_nothing(tmp_path: Path) -> None:
    result(tmp_path, Run("detailed", 0, 50, "mcm-dpo"), [1.0, 1.0], -0.02)
    result(tmp_path, Run("detailed", 0, 50, "kto"), [0.0, 0.0])
    assert compare(tmp_path).splitlines()[2:] == ["| kto | 50 | 1 | 1 and 0 | +100.0 | – | – |"]


def test_what_another_recipe_made_is_left_out(tmp_path: Path) -> None:
    result(tmp_path, Run("detailed", 0, 50, "mcm-dpo"), [1.0, 1.0], 0.0)
    result(tmp_path, Run("detailed", 0, 50, "sft"), [0.0, 0.0], 0.0, steps=7)
    assert len(compare(tmp_path).splitlines()) == 2
