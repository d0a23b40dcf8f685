"""Means and ratios side by side."""

import numpy as np
import pytest

from altd_trainer.metrics.bootstrap import mean_interval, ratio_interval
from altd_trainer.metrics.facts import Counts
from altd_trainer.metrics.intervals import intervals


def test_values_are_averaged_and_counts_are_summed() -> None:
    values, counts = np.array([0.0, 1.0, 0.5]), Counts(np.array([1, 0, 3]), np.array([1, 0, 4]))
    found = intervals({"mean": values, "ratio": counts}, level=0.9, seed=3)
    assert found["mean"].value == pytest.approx(0.5)
    assert found["ratio"].value == pytest.approx(4 / 5)
    assert found["mean"] == mean_interval(values, level=0.9, seed=3)
    assert found["ratio"] == ratio_interval([1, 0, 3], [1, 0, 4], level=0.9, seed=3)


def test_what_no_picture_counts_towards_is_left_out() -> None:
    nothing = Counts(np.array([0, 0]), np.array([0, 0]))
    assert intervals({"nothing": nothing, "empty": np.array([])}) == {}
