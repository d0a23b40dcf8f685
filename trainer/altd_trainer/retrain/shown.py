"""What was learned, on the person's own examples: what is written before and after."""

from collections.abc import Sequence
from dataclasses import dataclass

from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.gate import Gate

SHOWN = 5


@dataclass(frozen=True)
class Lesson:
    """One of the person's images that nothing was trained on.

    Attributes:
        example: the image in its post.
        wanted: the text that the person accepted or wrote.
        before, after: what the old and the new adapter write.
    """

    example: PreferenceExample
    wanted: str
    before: str
    after: str


def lessons(pairs: Sequence[PreferenceExample], gate: Gate) -> list[Lesson]:
    """The latest of the held-out pairs, those whose text changed first."""
    old, new = gate.written
    found = [
        Lesson(pair, pair.chosen, before, after) for pair, before, after in zip(pairs, old, new, strict=True)
    ]
    return sorted(reversed(found), key=lambda lesson: lesson.before == lesson.after)[:SHOWN]
