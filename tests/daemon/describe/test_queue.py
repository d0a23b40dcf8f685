"""The waiting line: order and bounds."""

from __future__ import annotations

import pytest

from altd.describe.job import DescriptionRequest, Job, Priority
from altd.describe.queue import JobQueue
from altd.errors import AltdError


def job(name: str, priority: Priority = "visible", size: int = 1) -> Job:
    return Job(bytes(size), DescriptionRequest(priority=priority), job_id=name)


def drain(queue: JobQueue) -> list[str]:
    names = []
    while (next_job := queue.pop()) is not None:
        names.append(next_job.id)
    return names


async def test_focused_before_visible_before_ahead_and_first_come_first_served() -> None:
    queue = JobQueue()
    priorities: list[Priority] = ["ahead", "visible", "focused", "ahead", "visible", "focused"]
    for number, priority in enumerate(priorities):
        queue.push(job(f"{priority}{number}", priority))
    expected = ["focused2", "focused5", "visible1", "visible4", "ahead0", "ahead3"]
    assert [waiting.id for waiting in queue] == expected
    assert drain(queue) == expected
    assert len(queue) == 0


async def test_it_is_bounded_in_number() -> None:
    queue = JobQueue(limit=2)
    queue.push(job("a"))
    queue.push(job("b"))
    with pytest.raises(AltdError) as caught:
        queue.push(job("c", "focused"))
    assert caught.value.code == "queue_full"
    queue.pop()
    queue.push(job("c"))


async def test_it_is_bounded_in_bytes() -> None:
    queue = JobQueue(max_bytes=10)
    queue.push(job("a", size=6))
    with pytest.raises(AltdError):
        queue.push(job("b", size=5))
    queue.pop()
    queue.push(job("b", size=5))


async def test_removal_frees_the_place_and_a_job_can_come_back_first() -> None:
    queue = JobQueue(max_bytes=10)
    first, second = job("a", size=5), job("b", size=5)
    queue.push(first)
    queue.push(second)
    assert queue.remove(first)
    assert not queue.remove(first)
    queue.push_front(first)
    assert drain(queue) == ["a", "b"]
