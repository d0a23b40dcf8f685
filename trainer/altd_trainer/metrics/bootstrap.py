"""Bootstrap intervals over pictures: resample pictures, not words or facts, since those hang together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000


@dataclass(frozen=True)
class Interval:
    """A figure with its percentile bootstrap interval, and how many pictures it rests on."""

    value: float
    low: float
    high: float
    count: int


def ratio_interval(right: ArrayLike, total: ArrayLike, *, level: float = 0.95, seed: int = 0) -> Interval:
    """sum(right) / sum(total) over pictures, with an interval.

    Args:
        right: (N,) numerator of each picture.
        total: (N,) denominator of each picture; pictures with 0 are left out.
        level: coverage.
        seed: of the resampling.

    Raises:
        ValueError: when no picture counts.
    """
    above, below = np.asarray(right, dtype=float), np.asarray(total, dtype=float)
    above, below = above[below > 0], below[below > 0]
    if len(below) == 0:
        raise ValueError("no picture counts towards this figure")
    sums = [values[_resamples(len(below), seed)].sum(axis=1) for values in (above, below)]
    tail = 50 * (1 - level)
    low, high = np.percentile(sums[0] / sums[1], [tail, 100 - tail])
    return Interval(float(above.sum() / below.sum()), float(low), float(high), len(below))


def mean_interval(values: ArrayLike, *, level: float = 0.95, seed: int = 0) -> Interval:
    """Mean over pictures (N,), with an interval."""
    array = np.asarray(values, dtype=float)
    return ratio_interval(array, np.ones_like(array), level=level, seed=seed)


def paired_lower_bound(
    after: ArrayLike, before: ArrayLike, *, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Mean of after - before over the same pictures, and its one-sided lower bound.

    Args:
        after, before: (N,) figures of the two on the same pictures.
        level: confidence that the true mean difference is above the bound.
    """
    difference = np.asarray(after, dtype=float) - np.asarray(before, dtype=float)
    means = difference[_resamples(len(difference), seed)].mean(axis=1)
    return float(difference.mean()), float(np.percentile(means, 100 * (1 - level)))


def _resamples(count: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, count, size=(RESAMPLES, count))
