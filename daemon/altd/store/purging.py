"""Deleting what a person gave, so that no byte of it stays in the file.

SQLite marks deleted rows as free and leaves their bytes; the write-ahead log and the copies made before
migrations have them too. So rows are overwritten as they go (`secure_delete`), the log is folded in and
cut to nothing, and the file is written anew.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from altd.errors import AltdError

_SAME_POST = (
    "SELECT id, image_sha256 FROM descriptions"
    " WHERE context = (SELECT context FROM descriptions WHERE id = ?)"
)
_SAME_IMAGE = (
    "SELECT id, image_sha256 FROM descriptions"
    " WHERE image_sha256 = (SELECT image_sha256 FROM descriptions WHERE id = ?)"
)
_ALL = "SELECT id, image_sha256 FROM descriptions"


@dataclass(frozen=True, slots=True)
class Target:
    """What is to go; nothing in it says what it was.

    Attributes:
        descriptions: ids of descriptions.
        verdicts: ids of the verdicts on them, those taken back included.
        images: names of the images that nothing else refers to.
        everything: whether that is all there is.
    """

    descriptions: tuple[str, ...]
    verdicts: tuple[str, ...]
    images: tuple[str, ...]
    everything: bool = False


def find_target(
    connection: sqlite3.Connection, *, post: str | None = None, image: str | None = None
) -> Target:
    """Return what belongs to one post or one image, or everything when neither is named.

    Args:
        post: id of a description or verdict in the post.
        image: id of a description or verdict on the image.

    Raises:
        AltdError: `unknown_description` when no description and no verdict has the id.
    """
    if post is not None:
        about = _description_of(connection, post)
        # without a post around it, what belongs together is the image
        same = _SAME_POST if _has_post(connection, about) else _SAME_IMAGE
        rows = connection.execute(same, (about,)).fetchall()
    elif image is not None:
        rows = connection.execute(_SAME_IMAGE, (_description_of(connection, image),)).fetchall()
    else:
        rows = connection.execute(_ALL).fetchall()
    descriptions = {row["id"] for row in rows}
    verdicts = [
        row["id"]
        for row in connection.execute("SELECT id, description_id, other_id FROM feedback")
        if row["description_id"] in descriptions or row["other_id"] in descriptions
    ]
    kept = {row["image_sha256"] for row in connection.execute(_ALL) if row["id"] not in descriptions}
    images = {row["image_sha256"] for row in rows} - kept
    everything = post is None and image is None
    return Target(tuple(sorted(descriptions)), tuple(verdicts), tuple(sorted(images)), everything)


def _description_of(connection: sqlite3.Connection, some_id: str) -> str:
    found = connection.execute(
        "SELECT description_id FROM feedback WHERE id = :id UNION SELECT id FROM descriptions WHERE id = :id",
        {"id": some_id},
    ).fetchone()
    if found is None:
        raise AltdError("unknown_description")
    return str(found[0])


def _has_post(connection: sqlite3.Connection, description: str) -> bool:
    row = connection.execute("SELECT context FROM descriptions WHERE id = ?", (description,)).fetchone()
    context: dict[str, str] = json.loads(row["context"])
    return any(value for name, value in context.items() if name != "site")


def delete_rows(connection: sqlite3.Connection, target: Target) -> int:
    """Delete verdicts and descriptions, overwriting their bytes; return how many verdicts there were."""
    deleted = 0
    for verdict in target.verdicts:
        deleted += connection.execute("DELETE FROM feedback WHERE id = ?", (verdict,)).rowcount
    for description in target.descriptions:
        connection.execute("DELETE FROM feedback WHERE ? IN (description_id, other_id)", (description,))
        connection.execute("DELETE FROM descriptions WHERE id = ?", (description,))
    return deleted


def scrub(connection: sqlite3.Connection) -> None:
    """Write the file anew and empty the log; outside any transaction. Readers are waited for.

    Raises:
        AltdError: `store_busy` when a reader does not let go of the log.
    """
    for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM"):
        connection.execute(statement)
    busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise AltdError("store_busy")
