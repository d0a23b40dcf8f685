"""What is read and answered next in the model's process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal

from altd.describe.pipeline import Work
from altd.describe.reading import Clock
from altd.describe.schedule import Piece, Schedule, Step
from altd.engine.protocol import Activate, Describe

Priority = Literal["focused", "visible", "ahead"]


def add(schedule: Schedule, name: str, priority: Priority = "visible", variant: int = 0) -> None:
    ask = Describe(id=name, priority=priority, variant=variant)
    schedule.add(Work(ask, b"", Clock(lambda: False), lambda step, text: None))


def names(step: Step) -> list[str]:
    return [piece.work.ask.id for piece in step.pieces]


def read_all(schedule: Schedule, number: int) -> list[Piece]:
    pieces = [schedule.take(with_model=False).pieces[0] for _ in range(number)]
    for piece in pieces:
        schedule.has_read(piece, to_answer=True)
    return pieces


def test_pictures_are_read_by_priority_then_by_age() -> None:
    schedule = Schedule()
    for name, priority in (("a", "ahead"), ("b", "visible"), ("c", "focused"), ("d", "visible")):
        add(schedule, name, priority)  # type: ignore[arg-type]
    assert [piece.work.ask.id for piece in read_all(schedule, 4)] == ["c", "b", "d", "a"]


def test_a_batch_has_one_priority_and_the_most_urgent_goes_first() -> None:
    schedule = Schedule()
    for name, priority in (("a", "ahead"), ("b", "visible"), ("c", "focused"), ("d", "visible")):
        add(schedule, name, priority)  # type: ignore[arg-type]
    read_all(schedule, 4)
    assert [names(schedule.take(with_model=True)) for _ in range(3)] == [["c"], ["b", "d"], ["a"]]


def test_the_model_waits_for_a_full_batch_by_reading_too_but_never_for_a_focused_one() -> None:
    schedule = Schedule()
    for number in range(12):
        add(schedule, str(number))
    read_all(schedule, 3)
    step = schedule.take(with_model=True)
    assert (step.kind, names(step)) == ("read", ["3"])
    schedule.has_read(step.pieces[0], to_answer=True)
    read_all(schedule, 4)
    assert len(schedule.take(with_model=True).pieces) == 8
    add(schedule, "now", "focused")
    read_all(schedule, 1)
    assert names(schedule.take(with_model=True)) == ["now"]


def test_an_answer_says_how_many_pictures_are_read_or_wait_beside_it() -> None:
    schedule = Schedule()
    for name, priority in (("now", "focused"), ("next", "visible"), ("later", "ahead")):
        add(schedule, name, priority)  # type: ignore[arg-type]
    read_all(schedule, 1)
    schedule.take(with_model=False)  # "next" is being read
    step = schedule.take(with_model=True)
    assert (names(step), step.beside) == (["now"], 2)


def test_batches_are_bounded_those_ahead_more_tightly() -> None:
    schedule = Schedule()
    for number in range(12):
        add(schedule, str(number), "ahead")
    read_all(schedule, 12)
    assert [len(schedule.take(with_model=True).pieces) for _ in range(3)] == [4, 4, 4]


def test_another_candidate_is_asked_for_alone() -> None:
    schedule = Schedule()
    for name, variant in (("a", 0), ("b", 1), ("c", 0)):
        add(schedule, name, variant=variant)
    read_all(schedule, 3)
    assert [names(schedule.take(with_model=True)) for _ in range(2)] == [["a", "c"], ["b"]]


def test_a_batch_gives_way_to_what_the_user_looks_at_but_not_for_ever() -> None:
    schedule = Schedule()
    add(schedule, "seen")
    read_all(schedule, 1)
    for turn in range(3):
        batch = schedule.take(with_model=True).pieces
        assert [piece.work.ask.id for piece in batch] == ["seen"]
        assert not schedule.gives_way(batch)
        add(schedule, f"now{turn}", "focused")
        read_all(schedule, 1)
        assert schedule.gives_way(batch) == (turn < 2)
        if turn < 2:
            schedule.give_back(batch)
        urgent = schedule.take(with_model=True).pieces
        assert not schedule.gives_way(urgent)


def test_a_change_of_adapter_waits_for_what_came_before_it_and_what_came_after_waits_for_it() -> None:
    schedule = Schedule()
    add(schedule, "before")
    schedule.add_activation(Activate(id="change", generation="g0002", adapter="x"))
    add(schedule, "after", "focused")
    read_all(schedule, 2)
    assert names(schedule.take(with_model=True)) == ["before"]
    assert schedule.take(with_model=True).kind == "activate"
    assert names(schedule.take(with_model=True)) == ["after"]


def test_who_waits_is_woken() -> None:
    schedule = Schedule()
    steps: list[Step] = []
    wait: Callable[[], None] = lambda: steps.append(schedule.take(with_model=True))  # noqa: E731
    thread = threading.Thread(target=wait)
    thread.start()
    add(schedule, "a")
    thread.join(60)
    assert [step.kind for step in steps] == ["read"]
