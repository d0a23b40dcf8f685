"""What a verdict on the text of another generation still says of the one that answers now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from altd.models.generations import active_generation, readable_generations
from altd.paths import Paths

HALVES = 0.5  # for each generation between
LEAST = 0.25  # an old comparison is still a comparison
_BARE = ""  # the model without a generation


@dataclass(frozen=True)
class Ageing:
    """The weight that a pair keeps, by the generation that wrote its texts.

    A pair teaches most where its texts are what the model would write now (arXiv 2406.11827). Every
    training between then and now halves its weight, down to a quarter.

    Attributes:
        active: the generation that answers now; empty for the model without one.
        parents: generation → the one that it was trained from.
    """

    active: str = _BARE
    parents: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Paths) -> Self:
        """That of a home; generations that cannot be read count as unknown."""
        parents = {each.generation: each.parent or _BARE for each in readable_generations(paths)}
        return cls(active_generation(paths) or _BARE, parents)

    def weight(self, *generations: str) -> float:
        """The factor of a pair whose texts these wrote: that of the one furthest away."""
        return max(LEAST, min(HALVES ** self._between(each) for each in generations))

    def _between(self, generation: str) -> int:
        """Trainings between a generation and the active one, over their last common ancestor."""
        there, here = self._line(generation), self._line(self.active)
        common = next((each for each in here if each in there), None)
        if common is None:
            return len(here) + len(there)
        return here.index(common) + there.index(common)

    def _line(self, generation: str) -> list[str]:
        """A generation and all that it came from; one that is not known stands alone."""
        line = [generation]
        while line[-1] in self.parents and self.parents[line[-1]] not in line:
            line.append(self.parents[line[-1]])
        return line
