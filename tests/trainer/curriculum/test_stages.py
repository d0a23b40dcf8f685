"""When stages begin."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altd_trainer.curriculum import stage_at, stage_starts


@pytest.mark.parametrize(
    ("total", "stages", "ramp", "starts"),
    [
        (12, 4, 1.0, [0, 3, 6, 9]),
        (12, 4, 0.5, [0, 2, 3, 5]),
        (10, 3, 1.0, [0, 4, 7]),
        (2, 4, 1.0, [0, 1, 1, 2]),
    ],
)
def test_by_hand(total: int, stages: int, ramp: float, starts: list[int]) -> None:
    assert stage_starts(total, stages, ramp) == starts


@given(st.integers(1, 200), st.integers(1, 8), st.floats(0.05, 1), st.integers(0, 400))
@settings(max_examples=100, deadline=None)
def test_stages_rise_from_the_first_to_the_last(total: int, stages: int, ramp: float, step: int) -> None:
    assert stage_at(0, total, stages, ramp) in range(stages)
    assert stage_at(step, total, stages, ramp) <= stage_at(step + 1, total, stages, ramp)
    assert stage_at(total, total, stages, ramp) == stages - 1


@pytest.mark.parametrize(("total", "stages", "ramp"), [(0, 2, 1.0), (5, 0, 1.0), (5, 2, 0.0), (5, 2, 1.5)])
def test_numbers_that_make_no_curriculum_are_refused(total: int, stages: int, ramp: float) -> None:
    with pytest.raises(ValueError, match="a curriculum wants"):
        stage_starts(total, stages, ramp)
