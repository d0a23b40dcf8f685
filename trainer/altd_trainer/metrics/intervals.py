"""Intervals of many figures at once."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from altd_trainer.metrics.bootstrap import Interval, mean_interval, ratio_interval
from altd_trainer.metrics.facts import Counts


def intervals(
    figures: Mapping[str, NDArray[np.float64] | Counts], *, level: float = 0.95, seed: int = 0
) -> dict[str, Interval]:
    """Each figure with its bootstrap interval over pictures.

    Args:
        figures: by name, values of each picture (N,), of which the mean is taken, or counts of which the
            ratio is. Figures that no picture counts towards are left out.
        level: coverage.
        seed: of the resampling, the same for all figures.
    """
    found = {}
    for name, figure in figures.items():
        if isinstance(figure, Counts):
            if figure.whole.any():
                found[name] = ratio_interval(figure.part, figure.whole, level=level, seed=seed)
        elif figure.size:
            found[name] = mean_interval(figure, level=level, seed=seed)
    return found
