"""When which stage of a curriculum is in force."""

from math import ceil


def stage_starts(total: int, stages: int, ramp: float = 1.0) -> list[int]:
    """First position of each stage: equal parts over the first `ramp` of a run.

    Args:
        total: positions of the run, steps or draws.
        stages: how many there are.
        ramp: share of the run after which one more stage would begin; below 1 the last stage is longer.

    Raises:
        ValueError: numbers that make no curriculum.
    """
    if total < 1 or stages < 1 or not 0 < ramp <= 1:
        raise ValueError(
            f"a curriculum wants a length and stages >= 1 and ramp in (0, 1], not {total}, {stages}, {ramp}"
        )
    return [ceil(stage * ramp * total / stages) for stage in range(stages)]


def stage_at(position: int, total: int, stages: int, ramp: float = 1.0) -> int:
    """Stage (0-based) at a position from 0; what lies beyond the end is in the last stage.

    Other arguments and errors are those of `stage_starts`.
    """
    return sum(start <= position for start in stage_starts(total, stages, ramp)) - 1
