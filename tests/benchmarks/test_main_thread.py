"""Long tasks, and the content script's part in them, from a made-up trace."""

from itertools import pairwise
from typing import Any

import pytest
from main_thread import tasks

PROCESS, MAIN, OTHER = 7, 1, 2
OURS, PAGES = 11, 12


def run(start: int, cpu: int, thread: int = MAIN, wall: int | None = None) -> dict[str, Any]:
    """A task, in milliseconds."""
    return {
        "name": "ThreadControllerImpl::RunTask",
        "pid": PROCESS,
        "tid": thread,
        "ts": start * 1000,
        "dur": (cpu if wall is None else wall) * 1000,
        "tdur": cpu * 1000,
    }


def trace(*runs: dict[str, Any], samples: list[tuple[int, int]]) -> list[dict[str, Any]]:
    """`samples` are milliseconds and the function seen."""
    thread = {"name": "thread_name", "pid": PROCESS, "tid": MAIN, "ts": 0, "args": {"name": "CrRendererMain"}}
    nodes = [
        {"id": 1, "callFrame": {"url": ""}},
        {"id": OURS, "parent": 1, "callFrame": {"url": "chrome-extension://abc/x.js"}},
        {"id": 13, "parent": OURS, "callFrame": {"url": ""}},  # what our function calls
        {"id": PAGES, "parent": 1, "callFrame": {"url": "https://x.com/home"}},
    ]
    times = [0, *(time for time, _ in samples)]
    deltas = [1000 * (after - before) for before, after in pairwise(times)]
    profile = {"cpuProfile": {"nodes": nodes, "samples": [node for _, node in samples]}, "timeDeltas": deltas}
    start = {"name": "Profile", "pid": PROCESS, "tid": 9, "ts": 0, "args": {"data": {"startTime": 0}}}
    chunk = {"name": "ProfileChunk", "pid": PROCESS, "tid": 9, "ts": 1, "args": {"data": profile}}
    return [thread, start, chunk, *runs]


@pytest.mark.parametrize(("ours", "by_script"), [(1, False), (2, True)])
def test_a_task_is_long_by_the_script_when_it_would_not_be_without_it(ours: int, by_script: bool) -> None:
    seen = [(at, 13 if at < 8 * ours else PAGES) for at in range(0, 64, 8)]
    [task] = tasks(trace(run(0, 64), samples=seen))
    assert (task.all_ms, task.script_ms) == (64, 8 * ours)
    assert task.is_long_by_script is by_script


def test_time_that_the_machine_gave_to_others_does_not_count() -> None:
    [task] = tasks(trace(run(0, 40, wall=400), samples=[(5, OURS)]))
    assert task.all_ms == task.script_ms == 40
    assert not task.is_long_by_script


def test_tasks_within_tasks_and_on_other_threads_are_not_counted_again() -> None:
    found = tasks(trace(run(0, 60), run(10, 20), run(100, 30), run(0, 99, OTHER), samples=[]))
    assert [task.all_ms for task in found] == [60, 30]
