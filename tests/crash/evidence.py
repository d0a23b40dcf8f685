"""What is on disk after a kill, held against what clients were told; counted, and written as a result."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from altd.errors import AltdError
from altd.models import generations
from altd.paths import Paths
from altd.store.database import connect_read_only
from altd.store.images import digest_of
from altd.store.records import FeedbackRow
from crash.clients import Book
from daemon_process import picture

PICTURE = picture(70)
FIRST_KEY = "first-of-all"
"""The verdict that was sent before the first kill."""


@dataclass
class Findings:
    """What all looks at the disk found; everything but `looks` and `found_once` should stay empty.

    Attributes:
        looks: how often the disk was looked at.
        found_once: acknowledged verdicts that were there once and as they were sent, at the last look.
        lost, doubled, changed: keys of acknowledged verdicts, or texts, that were not.
        unknown: keys that nobody sent.
        damaged: what SQLite says of a file that is not sound, and images that are not as they were sent.
        torn: generations that were neither wholly the old nor wholly the new one.
    """

    looks: int = 0
    found_once: int = 0
    lost: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    damaged: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, int]:
        """How many there are of each kind that should not be."""
        return {name: len(found) for name, found in asdict(self).items() if not isinstance(found, int)}

    def look(self, paths: Paths, book: Book, *, settled: bool) -> None:
        """Look at the database, the kept image and the generations.

        Args:
            settled: no client lives any more; then nothing else is there than what was sent.
        """
        self.looks += 1
        with book.lock:
            confirmed, sent = dict(book.confirmed), {*book.confirmed, *book.open, FIRST_KEY}
            self._look_at_generation(paths, {book.generation, book.asked})
        rows = self._read(paths)
        kept = {row.key: (row.description_id, row.verdict, row.text, row.other_id) for row in rows}
        asked = {
            key: tuple(body.get(name) for name in ("description_id", "verdict", "text", "other_id"))
            for key, body in confirmed.items()
        }
        self.lost |= asked.keys() - kept.keys()
        self.changed |= {key for key in asked.keys() & kept.keys() if asked[key] != kept[key]}
        self.doubled |= {key for key, count in Counter(row.key for row in rows).items() if count > 1}
        self.doubled |= {
            text for text, count in Counter(row.text for row in rows).items() if text and count > 1
        }
        if settled:
            self.unknown |= kept.keys() - sent
        self.found_once = len(asked.keys() & kept.keys() - self.doubled - self.changed)
        if (paths.images_dir / digest_of(PICTURE)).read_bytes() != PICTURE:
            self.damaged.append("the kept image")

    def _read(self, paths: Paths) -> list[FeedbackRow]:
        with closing(connect_read_only(paths.database)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if sound != "ok" or connection.execute("PRAGMA foreign_key_check").fetchall():
                self.damaged.append(str(sound))
            return [FeedbackRow.of(row) for row in connection.execute("SELECT * FROM feedback")]

    def _look_at_generation(self, paths: Paths, allowed: set[str | None]) -> None:
        active = generations.active_generation(paths)
        if active is None or active not in allowed:
            self.torn.append(f"{active} is active, not one of {allowed}")
            return
        try:
            generations.verify(paths, active)
        except AltdError as error:
            self.torn.append(f"{active}: {error.code}")


def write_result(file: Path, seed: int, kills: Counter[str], book: Book, findings: Findings) -> None:
    """Write all figures as JSON."""
    result = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "rounds": kills.total(),
        "kills": dict(kills),
        "clicks": {
            "acknowledged": len(book.confirmed),
            "found_once": findings.found_once,
            "unanswered": len(book.open),
        },
        "faults": findings.faults,
        "descriptions": {"answered": book.answers, "failed_after_kills": book.failures},
        "switches": {"acknowledged": book.switches, "refused_after_kills": book.refused},
        "looks_at_the_disk": findings.looks,
    }
    file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
