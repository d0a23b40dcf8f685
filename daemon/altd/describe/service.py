"""The describing service: the one door between the server and everything that happens to a picture.

It runs in the server's event loop and imports neither torch nor an image decoder: pictures are opened and
read in a child process, and described there or by a remote server (`altd.describe.engines`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from altd.describe.cache import AnswerCache, Answerer, cache_key
from altd.describe.engines import build_engine
from altd.describe.job import (
    Confidence,
    DescriptionRequest,
    DescriptionResult,
    Detail,
    Job,
    JobState,
    Priority,
)
from altd.describe.lanes import Lanes
from altd.describe.prompt import PROMPT_VERSION
from altd.describe.queue import JobQueue
from altd.describe.settings import ServiceSettings
from altd.describe.wire import progress_to, to_message, to_result
from altd.engine.process import EngineDied, EngineState
from altd.engine.protocol import MAX_BODY, Activate, Described
from altd.errors import AltdError

__all__ = [
    "Confidence",
    "DescriptionRequest",
    "DescriptionResult",
    "DescriptionService",
    "Detail",
    "Job",
    "JobState",
    "Priority",
    "ServiceSettings",
]

_MAX_ATTEMPTS = 2  # a picture whose process died twice is not tried a third time
_MAX_BYSTANDING = 8  # so often may other pictures end the process before this one counts as a cause
_REMEMBERED_JOBS = 1024

_log = logging.getLogger("altd.describe")


class DescriptionService:
    """Describes pictures in order of priority, as many at a time as the engine takes."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.settings = settings
        self._generation = settings.generation
        self._queue = JobQueue(settings.queue_limit)
        self._cache = AnswerCache(settings.cache_size)
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._wake = asyncio.Event()
        self._dispatcher: asyncio.Task[None] | None = None
        self._engine = build_engine(settings, lambda: self._generation, self._tell_progress)
        self._lanes = Lanes(self._engine.parallel, self._engine.spare, self._run, self._again, self._wake.set)

    @property
    def state(self) -> EngineState:
        """`loading`, `ready`, or `degraded` (see `reason`)."""
        return self._engine.state

    @property
    def reason(self) -> str | None:
        """Why the service is degraded, in one sentence."""
        return self._engine.reason

    @property
    def device(self) -> str:
        """Where the model computes (`cpu`, `cuda`, `remote`), empty until it is loaded."""
        return self._engine.device

    @property
    def generation(self) -> str | None:
        """The generation that answers the next request."""
        return self._generation

    @property
    def engine_pid(self) -> int | None:
        """Process id of the model's process while there is one."""
        return self._engine.pid

    @property
    def gives_logprobs(self) -> bool | None:
        """Whether the model tells how probable its words are; None while that is not known."""
        return self._engine.gives_logprobs

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._queue) + len(self._lanes.parked)

    def forget_answers(self) -> None:
        """Forget every answer that could be given again without asking the model."""
        self._cache.clear()

    async def start(self) -> None:
        """Start the model's process and return at once; `state` tells when it is ready."""
        await self._engine.start()
        self._dispatcher = asyncio.create_task(self._dispatch(), name="altd-dispatch")

    async def close(self) -> None:
        """Cancel what waits, stop the model's process and wait until it is gone."""
        for job in self._unfinished():
            job.fail(AltdError("cancelled"))
        if self._dispatcher is not None:
            self._dispatcher.cancel()
            await asyncio.gather(self._dispatcher, return_exceptions=True)
        await self._lanes.close()
        await self._engine.close()

    def submit(
        self,
        image: bytes,
        request: DescriptionRequest,
        *,
        variant: int = 0,
        avoid: Sequence[str] = (),
        job_id: str | None = None,
    ) -> Job:
        """Queue a picture; the job is already finished when the answer is in the cache.

        A `variant` above 0 asks for another text that differs from every text in `avoid`.

        Raises:
            AltdError: `image_missing`, `image_too_large`, `queue_full`, `engine_failed` (the model cannot
                be started), `invalid_request` (the job id is taken or too long).
        """
        self._refuse(image, job_id)
        job = Job(image, request, job_id=job_id, variant=variant, avoid=tuple(avoid))
        if not self._answer_from_cache(job):
            if self._engine.hopeless:
                raise AltdError("engine_failed", self.reason)
            if self.waiting >= self.settings.queue_limit:
                raise AltdError("queue_full")
            self._queue.push(job)
            self._tell_positions()
            self._tell_progress()
            self._wake.set()
        self._remember(job)
        return job

    def get(self, job_id: str) -> Job:
        """The job of that id; raises `AltdError` `unknown_description`."""
        try:
            return self._jobs[job_id]
        except KeyError:
            raise AltdError("unknown_description") from None

    def cancel(self, job_id: str) -> Job:
        """Stop a job wherever it is; a finished one is returned unchanged.

        Raises:
            AltdError: `unknown_description`.
        """
        job = self.get(job_id)
        if job.finished:
            return job
        waited = self._queue.remove(job)
        job.fail(AltdError("cancelled"))
        if waited:
            self._tell_positions()
        else:
            self._engine.cancel(job.id)
        return job

    async def activate(self, generation: str) -> None:
        """Swap the adapter in the running process; the request in flight ends on the old one.

        Raises:
            AltdError: `unknown_generation`; `generation_broken` (the adapter failed its smoke test and the
                old one goes on serving); `engine_failed`.
        """
        adapter = self.settings.adapter(generation)
        if adapter is None or not adapter.is_dir():
            raise AltdError("unknown_generation")
        await self._engine.wait_ready()
        message = Activate(id=f"activate-{time.monotonic_ns()}", generation=generation, adapter=str(adapter))
        try:
            await self._engine.activate(message)
        except EngineDied:
            raise AltdError("engine_failed") from None
        self._generation = generation

    async def _dispatch(self) -> None:
        while True:
            self._wake.clear()
            first = self._queue.first()
            if first is None or not self._lanes.has_room(first):
                await self._wake.wait()
                continue
            try:
                await self._engine.wait_ready()
            except AltdError as error:
                while (job := self._queue.pop()) is not None:
                    job.fail(error)
                continue
            job = self._queue.pop()  # perhaps another one by now: equally urgent or more
            if job is not None:
                self._tell_positions()
                self._lanes.enter(self._key(job, self._generation), job)

    async def _run(self, job: Job) -> None:
        """Answer one job."""
        if not self._answer_from_cache(job):
            job.begin()
            await self._ask(job)

    async def _ask(self, job: Job) -> None:
        try:
            described = await self._engine.describe(to_message(job), job.image, progress_to(job))
        except EngineDied as death:
            self._after_crash(job, death.step)
        except AltdError as error:
            job.fail(error)
        except Exception:  # noqa: BLE001 - one request that goes wrong must not end the line for all
            _log.exception("a request could not be handled")
            job.fail(AltdError("internal"))
        else:
            self._succeed(job, described)

    def _again(self, job: Job) -> None:
        """Give a job its place in the line back."""
        self._queue.push_front(job)
        self._tell_positions()
        self._wake.set()

    def _after_crash(self, job: Job, step: str | None) -> None:
        if job.finished:
            return
        if step is None and job.bystanding < _MAX_BYSTANDING:  # it only waited there
            job.bystanding += 1
            job.attempts -= 1
        if job.attempts >= _MAX_ATTEMPTS:  # the last time it was alone there: it is the cause
            job.fail(AltdError("image_undecodable" if step == "decode" else "engine_failed"))
            return
        job.state = "queued"
        self._again(job)

    def _succeed(self, job: Job, described: Described) -> None:
        result = to_result(job, described, self.settings.model_name)
        self._cache.put(self._key(job, described.generation), result)
        job.succeed(result)

    def _answer_from_cache(self, job: Job) -> bool:
        known = self._cache.get(self._key(job, self._generation))
        if known is not None:
            job.succeed(replace(known, id=job.id, cached=True, timings_ms={"total": job.age_ms()}))
        return known is not None

    def _key(self, job: Job, generation: str | None) -> str:
        answerer = Answerer(self.settings.model_name, generation, PROMPT_VERSION)
        return cache_key(job.image_sha256, job.request, answerer, variant=job.variant, avoid=job.avoid)

    def _refuse(self, image: bytes, job_id: str | None) -> None:
        if not image:
            raise AltdError("image_missing")
        if len(image) > MAX_BODY:
            raise AltdError("image_too_large")
        if job_id is not None and (job_id in self._jobs or not 0 < len(job_id) <= 128):
            raise AltdError("invalid_request")

    def _remember(self, job: Job) -> None:
        self._jobs[job.id] = job
        finished = [known for known in self._jobs.values() if known.finished]
        for old in finished[: max(0, len(finished) - _REMEMBERED_JOBS)]:
            del self._jobs[old.id]

    def _unfinished(self) -> list[Job]:
        return [*self._queue, *self._lanes.jobs]

    def _tell_positions(self) -> None:
        for position, job in enumerate(self._queue):
            job.publish("queued", {"position": position})

    def _tell_progress(self) -> None:
        if self._engine.state == "loading":
            for job in self._queue:
                job.publish("model_load", {"progress": self._engine.progress})
