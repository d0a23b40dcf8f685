"""Which generations learned from what was purged since.

A generation's files never change, so the marks stand beside them, in one file that is replaced whole:
generation → what was purged of that which it learned from. Whoever was trained from a marked one is
marked too: its weights go on from there.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from altd.models.generations import readable_generations
from altd.models.manifest import Manifest
from altd.paths import Paths, private_directory, write_private

FILE = "purged.json"


@dataclass(frozen=True, slots=True)
class Mark:
    """What is wrong with a generation.

    Attributes:
        at: ISO 8601, UTC.
        examples: of those it was trained on itself, how many rest on something that was purged.
        through: the ancestor that learned it; None when it did so itself.
    """

    at: str
    examples: int
    through: str | None

    def sentence(self) -> str:
        """For `altd models list`."""
        if self.through:
            return f"was trained from {self.through}, which learned from what was purged since"
        return f"learned from what was purged since ({self.examples} examples)"


def marks(paths: Paths) -> dict[str, Mark]:
    """Generation → its mark, for those that have one."""
    try:
        content = json.loads((paths.generations_dir / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {name: Mark(**mark) for name, mark in content.items()}


def is_clean(paths: Paths, generation: str) -> bool:
    """Whether nothing that a generation learned from was purged since."""
    return generation not in marks(paths)


def mark(paths: Paths, verdicts: Collection[str]) -> dict[str, Mark]:
    """Mark every generation that learned from these verdicts, and all that were trained from one.

    Marks that are there stay, so that doing it again after a break changes nothing. Without verdicts it marks
    those that were trained from a marked one since.

    Returns:
        those that are marked now and were not before.
    """
    known = marks(paths)
    found = dict(known)
    for manifest in readable_generations(paths):  # oldest first: parents come before their children
        learned = _examples_of(manifest, verdicts)
        through = manifest.parent if manifest.parent in found else None
        if manifest.generation not in known and (learned or through):
            at = datetime.now(UTC).isoformat(timespec="seconds")
            found[manifest.generation] = Mark(at, learned, None if learned else through)
    if found != known:
        content = {name: asdict(each) for name, each in found.items()}
        private_directory(paths.generations_dir)
        write_private(paths.generations_dir / FILE, json.dumps(content, indent=1).encode())
    return {name: each for name, each in found.items() if name not in known}


def _examples_of(manifest: Manifest, verdicts: Collection[str]) -> int:
    """How many of its examples rest on one of the verdicts, which their ids name."""
    ids = manifest.examples.get("ids", ())
    return sum(not set(verdicts).isdisjoint(example.split(":")[1:]) for example in ids)
