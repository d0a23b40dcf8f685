"""Intervals on cases whose answer is known."""

import numpy as np
import pytest

from altd_trainer.metrics.bootstrap import (
    crossed_interval,
    mean_interval,
    paired_lower_bound,
    ratio_interval,
)


def test_interval_of_a_mean_is_close_to_the_normal_one() -> None:
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    interval = mean_interval(values)
    half = 1.96 * values.std() / 20
    assert interval.value == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - half, abs=0.03)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.03)


def test_ratio_weighs_pictures_by_their_facts() -> None:
    interval = ratio_interval([1, 0, 3], [1, 0, 4])
    assert interval.value == pytest.approx(4 / 5)
    assert interval.count == 2
    assert interval.low <= interval.value <= interval.high


def test_nothing_to_measure_is_an_error() -> None:
    with pytest.raises(ValueError, match="no picture counts"):
        ratio_interval([0, 0], [0, 0])


def test_pairing_removes_what_both_share() -> None:
    before = np.random.default_rng(1).normal(0, 10, 50)
    difference, bound = paired_lower_bound(before + 0.5, before)
    assert difference == pytest.approx(0.5)
    assert bound == pytest.approx(0.5)


def test_no_difference_has_a_bound_below_zero() -> None:
    random = np.random.default_rng(2)
    difference, bound = paired_lower_bound(random.normal(size=60), random.normal(size=60))
    assert bound < 0 < difference + 1


@pytest.mark.parametrize("count", [4, 6, 12])
def test_chance_passes_as_seldom_as_promised_also_with_few(count: int) -> None:
    chance = np.random.default_rng(3).normal(size=(1000, count))
    passed = [paired_lower_bound(row, np.zeros(count), level=0.9)[1] > 0 for row in chance]
    assert 0.07 < np.mean(passed) < 0.13


def test_one_picture_shows_nothing() -> None:
    assert paired_lower_bound([3.0], [1.0]) == (2.0, float("-inf"))


def test_same_seed_same_interval() -> None:
    assert mean_interval([1, 2, 5, 7], seed=4) == mean_interval([1, 2, 5, 7], seed=4)


def test_the_same_pictures_thrice_are_no_more_certain() -> None:
    pictures = np.random.default_rng(3).normal(0.5, 0.2, 60)
    alone, thrice = mean_interval(pictures), crossed_interval([pictures] * 3)
    assert thrice.value == pytest.approx(alone.value)
    assert thrice.high - thrice.low == pytest.approx(alone.high - alone.low, rel=0.1)


def test_people_who_differ_widen_the_interval() -> None:
    found = crossed_interval([[0.0] * 60, [1.0] * 60, [1.0] * 60])
    assert found.value == pytest.approx(2 / 3)
    # the one with zeros is drawn three times in one case of 27, more often than 2.5 % leave out
    assert (found.low, found.high) == (0.0, 1.0)
