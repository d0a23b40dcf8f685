"""Examples: large margins first, in chunks that stay once they are in."""

from collections.abc import Iterator, Sequence
from math import ceil, inf, isnan
from random import Random

import torch
from torch import Tensor
from torch.utils.data import Sampler

from altd_trainer.curriculum.stages import stage_starts


def gap_per_token(logps: Tensor, chosen_lengths: Tensor, rejected_lengths: Tensor) -> Tensor:
    """How clearly the reference already prefers the chosen response: (n,) nats per token.

    Args:
        logps: (n, 2, 2, 2) of the reference, [context, image, response].
        chosen_lengths: (n,) tokens of the chosen response.
        rejected_lengths: (n,) likewise; 0 where there is none, which gives NaN.
    """
    chosen = logps[:, 0, 0, 0] / chosen_lengths
    rejected = torch.where(rejected_lengths > 0, logps[:, 0, 0, 1] / rejected_lengths, torch.nan)
    return chosen - rejected


def cumulative_chunks(scores: Sequence[float], count: int) -> list[list[int]]:
    """Chunks of indices, each with all of the one before: chunk k has (k + 1) / count of the order.

    Args:
        scores: of the examples; high is easy and comes first. NaN means unknown and comes last; ties
            keep their order.
        count: at most one for each example.

    Raises:
        ValueError: fewer examples than chunks, or no chunk.
    """
    if not 1 <= count <= len(scores):
        raise ValueError(f"{len(scores)} examples cannot make {count} chunks")
    # an unknown score must not be compared: NaN would leave the order to chance
    keys = [(1, 0.0) if isnan(score) else (0, -score) for score in scores]
    order = sorted(range(len(scores)), key=keys.__getitem__)
    return [order[: ceil(len(order) * (chunk + 1) / count)] for chunk in range(count)]


class CurriculumSampler(Sampler[int]):
    """Draws from the chunk in force, as often in a pass as there are examples.

    A pass ("epoch") is as long as a plain one, so that step counts and learning-rate schedules hold; it
    may show an easy example twice and a hard one not at all. Within a chunk the draws go through one
    shuffle of it after the other. The order is a function of scores, settings and epoch alone, the same
    on every rank and after a resume: return the sampler from `Trainer._get_train_sampler`, and the
    library calls `set_epoch`.

    Args:
        scores: see `cumulative_chunks`.
        count: of chunks.
        draws: of the whole run, which need not end with a pass; further ones draw from all examples.
        seed: of the shuffles.
        ramp: share of the run after which one more chunk would begin.

    Raises:
        ValueError: numbers that make no curriculum.
    """

    def __init__(
        self, scores: Sequence[float], count: int, draws: int, seed: int = 0, ramp: float = 1.0
    ) -> None:
        self._chunks = cumulative_chunks(scores, count)
        self._starts = stage_starts(draws, count, ramp)
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Which pass the next iteration is, from 0."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._chunks[-1])

    def __iter__(self) -> Iterator[int]:
        return iter(self.order(self._epoch))

    def order(self, epoch: int) -> list[int]:
        """Indices of a pass."""
        first = epoch * len(self)
        return [index for stage in range(len(self._chunks)) for index in self._part(stage, first)]

    def _part(self, stage: int, first: int) -> Iterator[int]:
        """Draws of a stage that fall into the pass which begins at draw `first` of the run."""
        chunk, start = self._chunks[stage], self._starts[stage]
        following = self._starts[stage + 1] if stage + 1 < len(self._starts) else inf
        begin, end = max(first, start) - start, int(min(first + len(self), following)) - start
        for turn in range(begin // len(chunk), ceil(end / len(chunk))):
            shuffled = Random(f"{self._seed}/{stage}/{turn}").sample(chunk, len(chunk))
            done = turn * len(chunk)
            yield from shuffled[max(begin - done, 0) : end - done]
