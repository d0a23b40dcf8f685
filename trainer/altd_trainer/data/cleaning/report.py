"""What cleaning found, counted, with the first of each kind."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

REJECTIONS = (
    "image_unreadable",
    "url_only",
    "handle_only",
    "emoji_only",
    "hashtags_only",
    "file_name",
    "placeholder",
    "machine_text",
    "too_short",
    "too_long",
    "language",
    "equal_pair",
    "image_duplicate",
    "image_similar",
    "text_duplicate",
)
"""Why an example is turned away; of several reasons the first in this order counts."""

REPAIRS = ("entities", "urls", "emails", "handles", "phones", "names", "author")
"""What is mended, in this order; one example may need several."""

_FIRST = 5


@dataclass
class Kind:
    """How often, and the first few: the id with the text, or with the text before and after."""

    count: int = 0
    first: list[dict[str, str]] = field(default_factory=list)

    def add(self, **seen: str) -> None:
        """Count one."""
        self.count += 1
        if len(self.first) < _FIRST:
            self.first.append(seen)


@dataclass
class CleaningReport:
    """Counts over a file.

    Attributes:
        read, kept: examples.
        rejected: reason of `REJECTIONS` → how many for that reason.
        repaired: kind of `REPAIRS` → how many examples were mended so, kept or not.
    """

    read: int = 0
    kept: int = 0
    rejected: dict[str, Kind] = field(default_factory=lambda: {name: Kind() for name in REJECTIONS})
    repaired: dict[str, Kind] = field(default_factory=lambda: {name: Kind() for name in REPAIRS})

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """The counts that are not zero as `name: value`, one a line."""
        yield f"read: {self.read}"
        yield f"kept: {self.kept}"
        yield from (f"rejected, {name}: {kind.count}" for name, kind in self.rejected.items() if kind.count)
        yield from (f"repaired, {name}: {kind.count}" for name, kind in self.repaired.items() if kind.count)
