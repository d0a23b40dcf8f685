"""What the tables hold, as values."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

Verdict = Literal["accept", "reject", "edit", "prefer"]

_JSON_COLUMNS = ("context", "lines")


@dataclass(frozen=True, slots=True)
class DescriptionRow:
    """One answered request, without its pixels.

    Attributes:
        image_sha256: hex digest of the image's bytes; names the file in `images/`.
        context: the post (site, text, author, quoted, title, extra).
        lines: the lines the reader found in the image.
        confidence: `high` or `low`.
        alternative_of: id of the description this is another candidate for.
        created_at: seconds since 1970.
    """

    id: str
    image_sha256: str
    media_key: str
    site: str
    context: dict[str, str]
    lines: list[str]
    detail: str
    language: str
    text: str
    confidence: str
    model: str
    generation: str | None
    prompt_version: int
    alternative_of: str | None
    created_at: float

    def columns(self) -> dict[str, Any]:
        """Return the row as SQLite stores it."""
        values = asdict(self)
        for name in _JSON_COLUMNS:
            values[name] = json.dumps(values[name], ensure_ascii=False)
        return values

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        """Build it from a result row."""
        values = dict(row)
        for name in _JSON_COLUMNS:
            values[name] = json.loads(values[name])
        return cls(**values)


DESCRIPTION_COLUMNS = tuple(entry.name for entry in fields(DescriptionRow))


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One verdict.

    Attributes:
        key: chosen by the client; the same verdict sent twice with one key counts once.
        text: the user's own text, for `edit`.
        other_id: the description that lost, for `prefer`.
        undone_at: when it was taken back, else None.
        position: for `prefer`, where the preferred text stood among those shown, from 1; None when the
            client did not say.
    """

    id: str
    key: str
    description_id: str
    verdict: Verdict
    text: str | None
    other_id: str | None
    created_at: float
    undone_at: float | None = None
    position: int | None = None

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        """Build it from a result row."""
        return cls(**dict(row))

    def says_the_same_as(self, other: FeedbackRow) -> bool:
        """Whether both carry the same verdict on the same description."""
        return (self.description_id, self.verdict, self.text, self.other_id, self.position) == (
            other.description_id,
            other.verdict,
            other.text,
            other.other_id,
            other.position,
        )


FEEDBACK_COLUMNS = tuple(entry.name for entry in fields(FeedbackRow))


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """A verdict that stands, with the description it is about and, for `prefer`, the one that lost."""

    feedback: FeedbackRow
    description: DescriptionRow
    other: DescriptionRow | None
