"""What is in a file of preference examples, in figures."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from altd.describe.prompt import render_context
from altd_trainer.data.files import Read, iterate
from altd_trainer.data.images import UnreadableImageError, load_image
from altd_trainer.data.preferences import PreferenceExample


@dataclass
class DataStats:
    """Counts over a file.

    Attributes:
        schema: `altd`, `released` or `mixed`.
        sources, sites, evidence: value → examples; an empty value is `none`.
        without_rejected: examples with a chosen text only, equal pairs not among them.
        equal_pairs: rows whose chosen and rejected texts are the same.
        repeated_ids: ids that stand more than once.
        lengths: of what → (least, median, most).
        unreadable_images: one sentence each; None when pictures were not looked at.
    """

    schema: str = ""
    examples: int = 0
    sources: dict[str, int] = field(default_factory=dict)
    sites: dict[str, int] = field(default_factory=dict)
    evidence: dict[str, int] = field(default_factory=dict)
    without_rejected: int = 0
    equal_pairs: int = 0
    repeated_ids: list[str] = field(default_factory=list)
    lengths: dict[str, tuple[int, float, int]] = field(default_factory=dict)
    unreadable_images: list[str] | None = None

    def as_json(self) -> dict[str, Any]:
        """All figures, with the share without a rejected text."""
        return asdict(self) | {"share_without_rejected": round(self.without_rejected / self.examples, 4)}

    def lines(self) -> Iterator[str]:
        """The figures as `name: value`, one a line."""
        yield f"schema: {self.schema}"
        yield f"examples: {self.examples}"
        for name, counts in (("source", self.sources), ("site", self.sites), ("evidence", self.evidence)):
            yield from (f"{name} {value}: {count}" for value, count in counts.items())
        yield f"without rejected text: {self.without_rejected} ({self.without_rejected / self.examples:.0%})"
        yield f"equal pairs: {self.equal_pairs}"
        yield f"repeated ids: {len(self.repeated_ids)}{_some(self.repeated_ids)}"
        for name, (least, middle, most) in self.lengths.items():
            yield f"{name}: {least} to {most}, median {middle:g}"
        if self.unreadable_images is not None:
            yield f"unreadable images: {len(self.unreadable_images)}"
            yield from self.unreadable_images


def data_stats(path: Path, images: Path | None = None, look_at_images: bool = True) -> DataStats:
    """Read a file once and count.

    Args:
        images: folder that image paths are relative to; None is the file's own.
        look_at_images: decode every picture.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming file and row: a row cannot be read, or there is none.
    """
    stats = DataStats(unreadable_images=[] if look_at_images else None)
    counts: Mapping[str, Counter[str]] = {
        name: Counter() for name in ("schema", "sources", "sites", "evidence", "ids")
    }
    lengths: dict[str, list[int]] = {}
    for row in iterate(path, images):
        _count(stats, counts, lengths, row)
    if not stats.examples:
        raise ValueError(f"{path.name}: there is no example in it")
    stats.schema = "mixed" if len(counts["schema"]) > 1 else next(iter(counts["schema"]))
    for name in ("sources", "sites", "evidence"):
        setattr(stats, name, dict(counts[name].most_common()))
    stats.repeated_ids = [name for name, count in counts["ids"].items() if count > 1]
    stats.lengths = {name: (min(of), median(of), max(of)) for name, of in lengths.items()}
    return stats


def _count(
    stats: DataStats, counts: Mapping[str, Counter[str]], lengths: dict[str, list[int]], row: Read
) -> None:
    example = row.example
    stats.examples += 1
    stats.equal_pairs += row.equal
    stats.without_rejected += example.rejected is None and not row.equal
    counts["schema"]["released" if row.released else "altd"] += 1
    counts["sources"][example.source or "none"] += 1
    counts["sites"][example.site or "none"] += 1
    counts["evidence"][example.evidence] += 1
    counts["ids"][example.id] += 1
    for name, length in _lengths(example):
        lengths.setdefault(name, []).append(length)
    if stats.unreadable_images is not None:
        try:
            load_image(example)
        except UnreadableImageError as error:
            stats.unreadable_images.append(str(error))


def _lengths(example: PreferenceExample) -> Iterable[tuple[str, int]]:
    yield "context characters", len(render_context(example.context))
    yield "chosen words", len(example.chosen.split())
    if example.rejected is not None:
        yield "rejected words", len(example.rejected.split())
    if example.lines:
        yield "lines in the image", len(example.lines)


def _some(names: list[str]) -> str:
    return f" ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})" if names else ""
