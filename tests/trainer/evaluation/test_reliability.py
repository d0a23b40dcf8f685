"""Shares and bins."""

import pytest

from altd.describe.prompt import Context
from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.items import Item
from altd_trainer.evaluation.reliability import reliability, share
from altd_trainer.synthetic import Facts, Group

ITEM = Item("i", b"", Context(), "A red apple.", (), Facts("scene", (Group("apple", "red"),)))


def test_wilsons_interval() -> None:
    some = share([True] * 8 + [False] * 2)
    assert (some.value, some.count) == (0.8, 10)
    assert (some.low, some.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    none = share([False] * 20)
    assert none.low == 0
    assert none.high == pytest.approx(0.1611, abs=1e-4)
    with pytest.raises(ValueError, match="nothing"):
        share([])


def test_bins_hold_as_many_answers_each_and_say_how_many_are_right() -> None:
    answers = [
        Answer("A red apple." if index >= 10 else "A green apple.", probability=0.5 + index / 100)
        for index in range(40)
    ]
    bins = reliability([ITEM] * 40, answers[::-1])
    assert [each.right.count for each in bins] == [10] * 4
    assert [each.right.value for each in bins] == [0, 1, 1, 1]
    assert (bins[0].low, bins[0].high) == (0.5, 0.59)
    assert bins[0].mean == pytest.approx(0.545)


def test_withheld_guesses_count_and_admitted_ignorance_does_not() -> None:
    withheld = Answer("", "no_description", "low", "A green apple.", 0.3, from_model=False)
    admitted = Answer("", "no_description", "low", "A picture that is not recognised.", 0.9, from_model=False)
    silent = Answer("", "no_description", "low", from_model=False)
    (only,) = reliability([ITEM] * 3, [withheld, admitted, silent])
    assert (only.right.value, only.right.count) == (0, 1)
