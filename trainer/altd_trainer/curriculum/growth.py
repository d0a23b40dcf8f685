"""The rank over a training run: it grows before the step that the curriculum names, and at a resume."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from peft import LoraConfig

from altd_trainer.curriculum.capacity import Grown, RankCurriculum, carry_moments, grow_rank

_ADAPTER = "default"


class GrowingRank:
    """Grows the adapter that trains. The reference is left as it is: kept numbers, or an adapter of its own.

    Args:
        ranks: see `RankCurriculum`.
        ramp: likewise.
        seed: of the new rows.
    """

    def __init__(self, ranks: Sequence[int], ramp: float = 1.0, seed: int = 0) -> None:
        self._ranks = tuple(ranks)
        self._ramp = ramp
        self._seed = seed

    @classmethod
    def of(cls, model: Any, args: Any) -> "GrowingRank | None":
        """For settings with `curriculum_ranks`; None for others.

        Args:
            model: a `peft.PeftModel`.
            args: fields of `MCMDPOConfig`.

        Raises:
            ValueError: ranks that do not rise, or an adapter that cannot grow.
        """
        if not args.curriculum_ranks:
            return None
        RankCurriculum(tuple(args.curriculum_ranks), total=1, ramp=args.curriculum_ramp).at(0)
        grow_rank(model, model.peft_config[_ADAPTER].r)  # changes nothing, but says what cannot grow
        return cls(args.curriculum_ranks, args.curriculum_ramp, args.seed)

    def grow(self, model: Any, optimizer: Any, state: Any) -> None:
        """Before an optimiser step: raise the rank to the step's, and carry the optimiser's moments over.

        Args:
            optimizer: whose state has the parameters' shapes.
            state: of a running `transformers.Trainer`.
        """
        rank = RankCurriculum(self._ranks, state.max_steps, self._ramp).at(state.global_step)
        grown = self._raise_to(model, rank)
        if grown:
            carry_moments(optimizer, grown)

    def restore(self, model: Any, checkpoint: Path) -> None:
        """Raise the rank to that of a checkpoint whose weights are about to be read."""
        self._raise_to(model, LoraConfig.from_pretrained(checkpoint).r)

    def _raise_to(self, model: Any, rank: int) -> list[Grown]:
        # a seed of its own for each rank: one for all would add the same rows again
        return grow_rank(model, rank, seed=self._seed + rank)
