"""docs/models.md says of every model what the table of the code says."""

from __future__ import annotations

import re
from pathlib import Path

from altd.models.known import KNOWN
from altd.models.memory import gb

PAGE = (Path(__file__).parents[3] / "docs" / "models.md").read_text(encoding="utf-8")


def test_every_model_and_its_figures() -> None:
    rows = [
        [cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\| `.*", PAGE, re.M)
    ]
    assert rows == [
        [
            f"`{model.name}`",
            model.hub_id,
            model.licence,
            "many" if model.languages == ("mul",) else ", ".join(model.languages),
            gb(model.shape.total("nf4", "cuda")),
            gb(model.shape.total("none", "cuda")),
            gb(model.download),
        ]
        for model in KNOWN.values()
    ]
