"""The generation that a training makes, in one step; and finding it again."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from altd.describe.prompt import PROMPT_VERSION
from altd.errors import AltdError
from altd.models.fit import weights_digest
from altd.models.generations import install, readable_generations, staging
from altd.models.manifest import FILES, Manifest
from altd.models.purged import mark, marks
from altd.paths import Paths
from altd.store.database import connect_read_only
from altd.store.queries import standing_feedback
from altd_trainer.retrain.start import Start


def made_before(paths: Paths, plan: str) -> Manifest | None:
    """The generation that this very training made, when it was stopped between installing and telling."""
    purged = {name for name, mark in marks(paths).items() if mark.through is None}
    for manifest in reversed(readable_generations(paths)):
        if manifest.examples.get("plan") == plan and manifest.generation not in purged:
            return manifest
    return None


def make_generation(
    paths: Paths, start: Start, adapter: Path, ids: Sequence[str], plan: str, outcome: dict[str, Any]
) -> str:
    """Install an adapter as a generation, which is not active yet, and return its name.

    Args:
        ids: of the examples that it learned from.
        plan: of the training, by which it is found again.

    Raises:
        AltdError: `trainer_failed` when a verdict that it learned from was taken back or purged meanwhile.
    """
    manifest = Manifest(
        generation="",
        parent=start.generation,
        base={"name": start.model.name, "sha256": weights_digest(start.model.directory)},
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        prompt_version=PROMPT_VERSION,
        origin="retrain",
        examples={"count": len(ids), "ids": list(ids), "plan": plan},
        metrics=outcome["held_out"],
        gate=outcome["gate"],
    )
    with staging(paths) as directory:
        for name in FILES:
            shutil.copyfile(adapter / name, directory / name)
        _require_standing(_gone(paths, ids))
        name = install(paths, directory, manifest)
    # a purge in between did not know of this one, and its parent may be marked
    taken_back = _gone(paths, ids)
    mark(paths, taken_back)
    _require_standing(taken_back)
    return name


def _gone(paths: Paths, ids: Sequence[str]) -> set[str]:
    """Of the verdicts that examples rest on, those that were taken back or purged."""
    with closing(connect_read_only(paths.database)) as connection:
        standing = {row.id for row in standing_feedback(connection)}
    return {verdict for each in ids for verdict in each.split(":")[1:]} - standing


def _require_standing(taken_back: set[str]) -> None:
    if taken_back:
        message = "A verdict that it learned from was taken back meanwhile; run `altd retrain` again."
        raise AltdError("trainer_failed", message)
