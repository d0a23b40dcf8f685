"""The model's process: started, watched, started again, and never left behind.

VRAM really returns when a process ends, a broken CUDA context is mended only by a new one, and a decoder
that a picture crashed takes nothing else with it. The parent talks to it over its stdin and stdout.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, assert_never

from altd.engine.protocol import (
    PREFIX,
    Activate,
    Activated,
    Answer,
    Cancel,
    Describe,
    Described,
    Failed,
    FromChild,
    LoadFailed,
    Loading,
    Prepare,
    Prepared,
    Progress,
    ProtocolError,
    Ready,
    Task,
    check_lengths,
    encode,
    parse_for_parent,
)
from altd.engine.spawn import Timing, copy_log, end, next_within
from altd.errors import ERRORS, AltdError

EngineState = Literal["loading", "ready", "degraded"]

Frame = tuple[FromChild, bytes]

_log = logging.getLogger("altd.engine")

_RESTARTING = "The model's process ended unexpectedly and is being started again."


class EngineDied(Exception):  # noqa: N818 - an event that is handled, not an error that is shown
    """The process ended while it worked on something; `step` is what it had begun, if anything."""

    def __init__(self, step: str | None = None) -> None:
        super().__init__()
        self.step = step


GIVE_UP_AFTER = 3
"""After so many starts in a row without a ready model, requests are refused until the next start."""


class EngineProcess:
    """One child process at a time, kept alive until `close`.

    Attributes:
        parallel: how many pictures it works on at once.
        gives_logprobs: a model of our own always tells how probable its tokens were.

    Args:
        command: called before each start, so that a new process gets the newest arguments.
        environment: the child's whole environment.
        on_change: called after each change of `state`, `reason` or `progress`.
    """

    parallel = 1
    gives_logprobs = True

    def __init__(
        self,
        command: Callable[[], Sequence[str]],
        environment: Mapping[str, str],
        *,
        on_change: Callable[[], None] = lambda: None,
        timing: Timing | None = None,
    ) -> None:
        self.state: EngineState = "loading"
        self.reason: str | None = None
        self.progress = 0.0
        self.device = ""
        self.generation: str | None = None
        self._command = command
        self._environment = dict(environment)
        self._on_change = on_change
        self._timing = timing or Timing()
        self._process: Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._failures = 0
        self._unloadable = False
        self._closing = False
        self._listeners: dict[str, asyncio.Queue[Frame | None]] = {}
        self._moved = asyncio.Event()
        self._heard_at = time.monotonic()
        self._asleep = False
        self._wanted = asyncio.Event()
        self._used_at = time.monotonic()

    @property
    def asleep(self) -> bool:
        """Whether the process was ended because nothing was asked; the next work starts it again."""
        return self._asleep

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return self._process.pid if self._process else None

    @property
    def hopeless(self) -> bool:
        """Whether requests should not wait: the files cannot be loaded, or several starts failed.

        While another start is under way requests wait for it: what ended the ones before may have come
        from outside, as it does when the system is short of memory.
        """
        return self._unloadable or (self._failures >= GIVE_UP_AFTER and self._process is None)

    async def start(self) -> None:
        """Begin to supervise; returns before the model is loaded."""
        self._supervisor = asyncio.create_task(self._supervise(), name="altd-engine")

    async def close(self) -> None:
        """End the process and wait until it is gone: by closing its input, SIGTERM, SIGKILL."""
        self._closing = True
        if self._process is not None:
            await end(self._process, self._timing.goodbye)
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)

    async def wait_ready(self) -> None:
        """Wait until the model answers, which wakes it; raises `AltdError` `engine_failed` when hopeless."""
        self._used_at = time.monotonic()
        while self.state != "ready" or self._asleep:
            self._wanted.set()
            if self.hopeless:
                raise AltdError("engine_failed", self.reason)
            await self._moved.wait()

    async def describe(
        self, message: Describe, image: bytes, on_progress: Callable[[Progress], None]
    ) -> Described:
        """Describe one picture.

        Raises:
            EngineDied: the process ended meanwhile, or was ended because it hung.
            AltdError: what the child answered.
        """
        answer, _ = await self._ask(message, image, on_progress)
        if not isinstance(answer, Described):
            raise EngineDied
        return answer

    async def prepare(
        self, message: Prepare, image: bytes, on_progress: Callable[[Progress], None]
    ) -> tuple[Prepared, bytes]:
        """Read one picture and get it back as a JPEG file; raises like `describe`."""
        answer, picture = await self._ask(message, image, on_progress)
        if not isinstance(answer, Prepared):
            raise EngineDied
        return answer, picture

    async def activate(self, message: Activate) -> None:
        """Swap the adapter; raises like `describe`."""
        answer, _ = await self._ask(message, b"", lambda _: None)
        if not isinstance(answer, Activated):
            raise EngineDied
        self.generation = answer.generation

    def cancel(self, job_id: str) -> None:
        """Tell the child to stop the work with this id, which then fails with `cancelled`."""
        if job_id in self._listeners and self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(encode(Cancel(id=job_id)))

    async def _ask(
        self, message: Task, body: bytes, on_progress: Callable[[Progress], None]
    ) -> tuple[Answer, bytes]:
        inbox = self._listeners[message.id] = asyncio.Queue()
        try:
            await self._send(encode(message, body))
            return await self._await_answer(inbox, on_progress)
        finally:
            del self._listeners[message.id]
            self._used_at = time.monotonic()

    async def _await_answer(
        self, inbox: asyncio.Queue[Frame | None], on_progress: Callable[[Progress], None]
    ) -> tuple[Answer, bytes]:
        step: str | None = None
        while True:
            limit = self._timing.decode if step == "decode" else self._timing.silence
            try:
                reply, body = await next_within(inbox, limit) or (None, b"")
            except TimeoutError:
                if step != "decode" and time.monotonic() - self._heard_at < limit:
                    continue  # it works on what came before
                _log.warning("the model's process is silent for %.0f s and is ended", limit)
                self._kill()
                raise EngineDied(step) from None
            match reply:
                case Progress():
                    step = reply.step
                    on_progress(reply)
                case Failed():
                    raise AltdError(reply.code if reply.code in ERRORS else "engine_failed")
                case Described() | Prepared() | Activated():
                    return reply, body
                case _:
                    raise EngineDied(step)

    async def _send(self, frame: bytes) -> None:
        if self._process is None or self._process.stdin is None:
            raise EngineDied
        try:
            self._process.stdin.write(frame)
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError):
            self._lost()
            raise EngineDied from None

    async def _supervise(self) -> None:
        while True:
            await self._live_once()
            if self._closing:
                return
            if self._asleep:
                await self._sleep()
                continue
            self._failures += 1
            self._change("degraded", self.reason if self.reason else _RESTARTING)
            wait = self._timing.first_backoff * 2 ** min(self._failures - 1, 20)
            await asyncio.sleep(min(wait, self._timing.max_backoff))

    async def _sleep(self) -> None:
        """Wait, without a process, until there is work."""
        await self._wanted.wait()
        self._asleep = False
        self._change("loading", None)

    async def _end_when_idle(self, process: Process) -> None:
        """End a loaded process that was not used for long; its memory goes back to the system with it."""
        left = self._timing.idle
        while left > 0 or self.state != "ready" or self._listeners:
            await asyncio.sleep(min(max(left, 0.01), 60.0))  # again and again: each use moves the end
            left = self._used_at + self._timing.idle - time.monotonic()
        self._wanted.clear()
        _log.info("the model's process rests until it is needed")
        self._asleep = True
        await end(process, self._timing.goodbye)

    async def _live_once(self) -> None:
        """One process from its start to its end; everyone who waits for it is told."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(), stdin=PIPE, stdout=PIPE, stderr=PIPE, env=self._environment
            )
        except OSError:
            self.reason = "The model's process could not be started; `altd doctor` says what is missing."
            return
        log = asyncio.create_task(copy_log(self._process, _log))
        idle = asyncio.create_task(self._end_when_idle(self._process))
        try:
            await self._listen(self._process)
        except (ProtocolError, TimeoutError) as error:
            _log.warning("the model's process is ended: %s", error or "it does not answer")
        except Exception:  # noqa: BLE001 - whatever goes wrong with one process, there is a next one
            _log.exception("the model's process is ended: what it said could not be handled")
        finally:
            self._lost()
            await end(self._process, self._timing.goodbye)
            log.cancel()
            idle.cancel()
            self._process = None
            for inbox in self._listeners.values():
                inbox.put_nowait(None)

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                loading = self.state != "ready"
                async with asyncio.timeout(self._timing.load if loading else None):
                    header_length, body_length = PREFIX.unpack(await process.stdout.readexactly(PREFIX.size))
                    check_lengths(header_length, body_length)
                    header = await process.stdout.readexactly(header_length)
                    body = await process.stdout.readexactly(body_length)
                self._receive(parse_for_parent(header), body)

    def _receive(self, message: FromChild, body: bytes) -> None:
        self._heard_at = time.monotonic()
        match message:
            case Loading():
                self.progress = message.progress
                self._change(self.state, self.reason)
            case Ready():
                self.device, self.generation, self.progress = message.device, message.generation, 1.0
                self._used_at = time.monotonic()
                self._failures, self._unloadable = 0, False
                self._change("ready", None)
            case LoadFailed():
                self._failures = max(self._failures, GIVE_UP_AFTER)  # the same files fail the same way
                self._unloadable = True
                self._change("degraded", message.message)
            case Progress() | Described() | Prepared() | Activated() | Failed():
                inbox = self._listeners.get(message.id)
                if inbox is not None:
                    inbox.put_nowait((message, body))
            case _:
                assert_never(message)

    def _change(self, state: EngineState, reason: str | None) -> None:
        self.state, self.reason = state, reason
        self._on_change()
        self._moved.set()
        self._moved = asyncio.Event()

    def _lost(self) -> None:
        """Nobody may send anything more to this process."""
        if self.state == "ready" and not self._closing and not self._asleep:
            self._change("degraded", _RESTARTING)

    def _kill(self) -> None:
        self._lost()
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
