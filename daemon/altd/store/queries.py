"""Everything that is asked of the tables of descriptions and verdicts.

Each function takes a connection: the daemon passes them to `Database.write` and `Database.read`,
the trainer calls `evidence` on a read-only connection of its own (`connect_read_only`).
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from altd.errors import AltdError
from altd.store.records import (
    DESCRIPTION_COLUMNS,
    FEEDBACK_COLUMNS,
    DescriptionRow,
    EvidenceRow,
    FeedbackRow,
)


def _insert(table: str, columns: tuple[str, ...], or_what: str = "") -> str:
    names, slots = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    return f"INSERT {or_what} INTO {table} ({names}) VALUES ({slots})"  # noqa: S608 - names are our own


_SAVE_DESCRIPTION = _insert("descriptions", DESCRIPTION_COLUMNS, "OR IGNORE")
_SAVE_FEEDBACK = _insert("feedback", FEEDBACK_COLUMNS)


def save_description(connection: sqlite3.Connection, row: DescriptionRow) -> None:
    """Keep a description; keeping it twice changes nothing."""
    connection.execute(_SAVE_DESCRIPTION, row.columns())


def description(connection: sqlite3.Connection, description_id: str) -> DescriptionRow:
    """Return one description.

    Raises:
        AltdError: `unknown_description`.
    """
    row = connection.execute("SELECT * FROM descriptions WHERE id = ?", (description_id,)).fetchone()
    if row is None:
        raise AltdError("unknown_description")
    return DescriptionRow.of(row)


def texts_given(connection: sqlite3.Connection, like: DescriptionRow) -> list[str]:
    """Return the different texts given so far for one image in one context, oldest first."""
    rows = connection.execute(
        "SELECT text FROM descriptions WHERE image_sha256 = :image_sha256 AND context = :context"
        " AND detail = :detail AND language = :language GROUP BY text ORDER BY min(created_at)",
        like.columns(),
    )
    return [text for (text,) in rows]


def record_feedback(connection: sqlite3.Connection, row: FeedbackRow) -> FeedbackRow:
    """Keep a verdict and return it as kept: the first one when its key was used before.

    Raises:
        AltdError: `feedback_conflict` when the key belongs to a different verdict.
    """
    known = connection.execute("SELECT * FROM feedback WHERE key = ?", (row.key,)).fetchone()
    if known is not None:
        first = FeedbackRow.of(known)
        if not row.says_the_same_as(first):
            raise AltdError("feedback_conflict")
        return first
    connection.execute(_SAVE_FEEDBACK, {name: getattr(row, name) for name in FEEDBACK_COLUMNS})
    return row


def undo_feedback(connection: sqlite3.Connection, feedback_id: str) -> FeedbackRow:
    """Take a verdict back (again is no error) and return it.

    Raises:
        AltdError: `unknown_feedback`.
    """
    connection.execute(
        "UPDATE feedback SET undone_at = ? WHERE id = ? AND undone_at IS NULL", (time.time(), feedback_id)
    )
    row = connection.execute("SELECT * FROM feedback WHERE id = ?", (feedback_id,)).fetchone()
    if row is None:
        raise AltdError("unknown_feedback")
    return FeedbackRow.of(row)


def image_of_feedback(connection: sqlite3.Connection, feedback_id: str) -> str:
    """Return the sha256 of the image that a standing verdict is about.

    Raises:
        AltdError: `unknown_feedback`, also for one that was taken back.
    """
    row = connection.execute(
        "SELECT d.image_sha256 FROM feedback AS f JOIN descriptions AS d ON d.id = f.description_id"
        " WHERE f.id = ? AND f.undone_at IS NULL",
        (feedback_id,),
    ).fetchone()
    if row is None:
        raise AltdError("unknown_feedback")
    return str(row["image_sha256"])


def standing_feedback(connection: sqlite3.Connection) -> list[FeedbackRow]:
    """Return every verdict that was not taken back, oldest first."""
    rows = connection.execute("SELECT * FROM feedback WHERE undone_at IS NULL ORDER BY created_at, id")
    return [FeedbackRow.of(row) for row in rows]


def evidence(connection: sqlite3.Connection) -> list[EvidenceRow]:
    """Return every verdict that was not taken back, oldest first, with its description(s)."""
    return [
        EvidenceRow(
            feedback=row,
            description=description(connection, row.description_id),
            other=description(connection, row.other_id) if row.other_id else None,
        )
        for row in standing_feedback(connection)
    ]


def feedback_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return how many verdicts of each kind stand."""
    rows = connection.execute(
        "SELECT verdict, count(*) FROM feedback WHERE undone_at IS NULL GROUP BY verdict"
    )
    return {verdict: count for verdict, count in rows}


def images_in_evidence(connection: sqlite3.Connection) -> set[str]:
    """Return the sha256 of every image that a standing verdict refers to."""
    rows = connection.execute(
        "SELECT DISTINCT d.image_sha256 FROM feedback AS f"
        " JOIN descriptions AS d ON d.id = f.description_id WHERE f.undone_at IS NULL"
    )
    return {digest for (digest,) in rows}


def forget_descriptions(connection: sqlite3.Connection, before: float) -> int:
    """Delete descriptions older than `before` (seconds since 1970) that no verdict refers to."""
    return connection.execute(
        "DELETE FROM descriptions WHERE created_at < ? AND id NOT IN (SELECT description_id FROM feedback)"
        " AND id NOT IN (SELECT other_id FROM feedback WHERE other_id IS NOT NULL)",
        (before,),
    ).rowcount


def feedback_stats(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return what verdicts there are: by kind, generation and position, over how many images and posts."""

    def counts(question: str) -> dict[str, int]:
        return {str(name): count for name, count in connection.execute(question)}

    standing = (
        "FROM feedback AS f JOIN descriptions AS d ON d.id = f.description_id WHERE f.undone_at IS NULL"
    )
    first, last, images, posts = connection.execute(
        "SELECT min(f.created_at), max(f.created_at), count(DISTINCT d.image_sha256),"
        f" count(DISTINCT d.context) {standing}"
    ).fetchone()
    undone = connection.execute("SELECT count(*) FROM feedback WHERE undone_at IS NOT NULL").fetchone()[0]
    return {
        "verdicts": feedback_counts(connection),
        "undone": undone,
        "images": images,
        "posts": posts,
        "first": first,
        "last": last,
        "by_generation": counts(
            f"SELECT coalesce(d.generation, '-'), count(*) {standing} GROUP BY 1 ORDER BY 1"
        ),
        "preferred_at": counts(
            "SELECT coalesce(position, '-'), count(*) FROM feedback"
            " WHERE verdict = 'prefer' AND undone_at IS NULL GROUP BY 1 ORDER BY 1"
        ),
    }
