"""Checkpoints of a run: the last complete one, so that a run killed while it wrote one still goes on."""

import json
from pathlib import Path

from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

_WRITTEN_LAST = "trainer_state.json"


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint in a folder that was written to its end; None when there is none."""
    found = [path for path in folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*") if _complete(path)]
    return str(max(found, key=_step)) if found else None


def _step(path: Path) -> int:
    return int(path.name.rpartition("-")[2])


def _complete(path: Path) -> bool:
    try:
        state = json.loads((path / _WRITTEN_LAST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(state["global_step"] == _step(path))
