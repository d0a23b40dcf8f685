"""Deleting what a person gave from everywhere: database, images, copies, caches; and naming who learned it.

What is to go is written down first, by ids alone, and that note is removed last. Every step between may
be done again, so a purge that was broken off is finished by whoever opens the database next: nothing that
was asked to go comes back.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex

from altd.models.purged import mark
from altd.paths import Paths, sync_directory, write_private
from altd.store.database import Database
from altd.store.purging import Target, delete_rows


@dataclass(frozen=True, slots=True)
class PurgeOutcome:
    """How many verdicts and images went, and which generations had learned from them."""

    verdicts: int
    images: int
    generations: tuple[str, ...]


def purge_target(paths: Paths, database: Database, target: Target) -> PurgeOutcome:
    """Delete a target; when this returns, no byte of it is left, but with a training that runs.

    That one sees within a step that its plan is gone, and removes what it wrote since.

    Raises:
        AltdError: `store_busy`; the rows are deleted then, and the next purge or start goes on.
    """
    write_private(paths.purge_file, json.dumps(asdict(target)).encode())
    return _carry_out(paths, database, target)


def finish_purge(paths: Paths, database: Database) -> None:
    """Go on with a purge that was broken off, if there was one."""
    try:
        content = json.loads(paths.purge_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    descriptions, verdicts, images = (tuple(content[name]) for name in ("descriptions", "verdicts", "images"))
    _carry_out(paths, database, Target(descriptions, verdicts, images, content["everything"]))


def _carry_out(paths: Paths, database: Database, target: Target) -> PurgeOutcome:
    """Every step may find that it was done before."""
    marked = mark(paths, target.verdicts)  # it is known from the manifests alone
    deleted = database.write(lambda connection: delete_rows(connection, target))
    images = _delete_images(paths, target)
    for folder in (paths.backups_dir, paths.cache_dir):  # copies of old rows; what training left
        for path in folder.iterdir():
            _remove(path)
    marked |= mark(paths, target.verdicts)  # what a training installed while the rows were still there
    database.scrub()
    paths.purge_file.unlink(missing_ok=True)
    sync_directory(paths.purge_file.parent)
    return PurgeOutcome(deleted, images, tuple(marked))


def _remove(path: Path) -> None:
    """Remove a file or a folder; renamed first, since a training may still write to where it was."""
    if path.is_dir():
        shutil.rmtree(path.rename(path.with_name(f".purged.{token_hex(4)}")))
    else:
        path.unlink(missing_ok=True)


def _delete_images(paths: Paths, target: Target) -> int:
    """Delete kept images, and what a killed process left half-written of them."""
    deleted = 0
    for path in paths.images_dir.iterdir():
        if target.everything or any(digest in path.name for digest in target.images):
            path.unlink(missing_ok=True)
            deleted += 1
    sync_directory(paths.images_dir)
    return deleted
