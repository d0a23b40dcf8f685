"""Terms: the response first, then image and context, then pairs, then the triple."""

from dataclasses import dataclass, replace
from functools import cached_property

from altd_trainer.curriculum.stages import stage_at
from altd_trainer.objective import LEAVES, PreferenceWeights

ORDER = (
    ("response",),
    ("image", "context"),
    ("context_response", "image_response", "context_image"),
    ("context_image_response",),
)


@dataclass(frozen=True)
class TermCurriculum:
    """Which weights are in force at a step.

    A term that is in stays in. The normaliser shrinks with the sum of the weights in force, so that
    every stage pulls as hard as the last, which has the weights as given. An example without a rejected
    response learns nothing while only the response counts.

    Attributes:
        weights: of the last stage; a stage that would add nothing with weight is left out.
        total: optimiser steps of the run.
        ramp: share of the run after which one more stage would begin.
    """

    weights: PreferenceWeights
    total: int
    ramp: float = 1.0

    @cached_property
    def stages(self) -> tuple[PreferenceWeights, ...]:
        """Weights of each stage."""
        active = self.weights.active()
        grown: list[PreferenceWeights] = []
        names: set[str] = set()
        for step in ORDER:
            added = active.keys() & set(step)
            names |= added
            if added:
                grown.append(self._only(names))
        return tuple(grown)

    def at(self, step: int) -> PreferenceWeights:
        """Weights at an optimiser step, from 0.

        Raises:
            ValueError: as in `stage_starts`.
        """
        return self.stages[stage_at(step, self.total, len(self.stages), self.ramp)]

    def _only(self, names: set[str]) -> PreferenceWeights:
        active = self.weights.active()
        if names == active.keys():
            return self.weights
        share = sum(active[name] for name in names) / sum(active.values())
        zeros = {name: 0.0 for name in LEAVES if name not in names}
        return replace(self.weights, **zeros, normaliser=self.weights.normaliser * share)
