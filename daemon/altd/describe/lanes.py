"""The jobs that the engine works on, and those that ask what one of these asks already."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from altd.describe.job import Job


class Lanes:
    """Runs several jobs at once, but never two that have the same answer: the second waits for the first.

    Args:
        number: how many at once.
        spare: how many more of those that the user looks at.
        work: does one job; raises nothing.
        release: takes back a job that waited for another one's answer.
        on_room: called when a job has left.
    """

    def __init__(
        self,
        number: int,
        spare: int,
        work: Callable[[Job], Awaitable[None]],
        release: Callable[[Job], None],
        on_room: Callable[[], None],
    ) -> None:
        self._number = number
        self._spare = spare
        self._work = work
        self._release = release
        self._on_room = on_room
        self._running: dict[str, Job] = {}
        self._parked: dict[str, list[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._alone = False

    @property
    def parked(self) -> list[Job]:
        """The unfinished jobs that wait for another one's answer."""
        return [job for jobs in self._parked.values() for job in jobs if not job.finished]

    @property
    def jobs(self) -> list[Job]:
        """Every job here, running or parked."""
        return [*self._running.values(), *self.parked]

    def has_room(self, job: Job) -> bool:
        """Whether this job may enter; one that was worked on when its process died is alone here.

        It may be the cause: so it harms no other job, and if it is not, no other job harms it again.
        """
        if job.attempts or self._alone:
            return not self._running
        spare = self._spare if job.request.priority == "focused" else 0
        return len(self._running) < self._number + spare

    def enter(self, key: str, job: Job) -> None:
        """Run a job, or park it while one with the same key runs."""
        running = self._running.get(key)
        if running is not None:
            job.image = (
                running.image or job.image
            )  # equal bytes: held once, however often they are asked about
            self._parked.setdefault(key, []).append(job)
            return
        self._running[key] = job
        self._alone = job.attempts > 0
        task = asyncio.create_task(self._run(key, job), name=f"altd-job-{job.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Drop what runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, key: str, job: Job) -> None:
        try:
            await self._work(job)
        finally:
            del self._running[key]
            for twin in reversed(self._parked.pop(key, [])):
                if not twin.finished:
                    self._release(twin)
            self._on_room()
