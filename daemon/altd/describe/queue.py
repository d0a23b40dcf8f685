"""The waiting line: what the user looks at first, then what is on the screen, then what comes next."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from altd.describe.job import Job, Priority
from altd.errors import AltdError

ORDER: tuple[Priority, ...] = ("focused", "visible", "ahead")

MAX_WAITING_BYTES = 256 * 1024 * 1024
"""Pictures wait in memory: 64 of the largest would be more than a desktop should give."""


class JobQueue:
    """Jobs by priority, first come first served within one; bounded in number and in bytes."""

    def __init__(self, limit: int = 64, max_bytes: int = MAX_WAITING_BYTES) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._bytes = 0
        self._lines: dict[Priority, deque[Job]] = {priority: deque() for priority in ORDER}

    def __len__(self) -> int:
        return sum(len(line) for line in self._lines.values())

    def __iter__(self) -> Iterator[Job]:
        """The jobs in the order in which they will be taken."""
        for priority in ORDER:
            yield from self._lines[priority]

    def push(self, job: Job) -> None:
        """Put a job at the end of its line; raises `AltdError` `queue_full`."""
        if len(self) >= self._limit or self._bytes + len(job.image) > self._max_bytes:
            raise AltdError("queue_full")
        self._lines[job.request.priority].append(job)
        self._bytes += len(job.image)

    def push_front(self, job: Job) -> None:
        """Give a job that was taken already its place back; never refused."""
        self._lines[job.request.priority].appendleft(job)
        self._bytes += len(job.image)

    def first(self) -> Job | None:
        """The next job, which stays in the line; None when nobody waits."""
        return next(iter(self), None)

    def pop(self) -> Job | None:
        """Take the next job, or None when nobody waits."""
        for priority in ORDER:
            if self._lines[priority]:
                job = self._lines[priority].popleft()
                self._bytes -= len(job.image)
                return job
        return None

    def remove(self, job: Job) -> bool:
        """Take a job out of the line; False when it does not wait."""
        line = self._lines[job.request.priority]
        if job not in line:
            return False
        line.remove(job)
        self._bytes -= len(job.image)
        return True
