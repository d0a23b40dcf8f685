"""One request for a description, from submission to its result.

A `Job` lives in the server's event loop. It carries the picture only while it waits, keeps a
short log of events that any number of readers can follow from the beginning, and ends in exactly one
of the final states.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from altd.describe.prompt import Context
from altd.errors import AltdError

Detail = Literal["alt", "long", "text"]
Priority = Literal["focused", "visible", "ahead"]
Confidence = Literal["high", "low"]
JobState = Literal["queued", "running", "done", "no_description", "cancelled", "failed"]

FINAL_STATES: frozenset[JobState] = frozenset({"done", "no_description", "cancelled", "failed"})


@dataclass(frozen=True, slots=True)
class DescriptionRequest:
    """What is asked about one picture.

    `context` is the post around the picture, `language` the wanted language (BCP 47), `detail`
    how much to say, `priority` the place in the queue.
    """

    context: Context = field(default_factory=Context)
    language: str = "en"
    detail: Detail = "alt"
    priority: Priority = "visible"


@dataclass(frozen=True, slots=True)
class DescriptionResult:
    """The answer. `state` is `no_description` (and `text` empty) when nothing can honestly be said.

    `text_in_image` holds the reader's lines joined by newlines, `lines` the same lines one by one,
    `language` the language the text is really in (`und` for text copied from the picture),
    `timings_ms` milliseconds per step.
    """

    id: str
    state: Literal["done", "no_description"]
    text: str
    confidence: Confidence
    text_in_image: str
    language: str
    model: str
    generation: str | None
    cached: bool
    timings_ms: Mapping[str, float]
    lines: tuple[str, ...] = ()
    prompt_version: int = 0


class Job:
    """One submitted request; made by `DescriptionService.submit`.

    Attributes:
        id: given by the caller, or 32 hexadecimal digits.
        image: the picture's bytes until the job is finished, then empty.
        state: the only way back is `running` → `queued`, when the model's process died.
        result: set in the states `done` and `no_description`.
        error: set in the states `cancelled` and `failed`.
        waited_ms: how long it stood in the line before its last attempt.
        attempts: how often the engine was given this picture, and began with it.
        bystanding: how often the engine died while this picture waited there.
    """

    def __init__(
        self,
        image: bytes,
        request: DescriptionRequest,
        *,
        job_id: str | None = None,
        variant: int = 0,
        avoid: tuple[str, ...] = (),
    ) -> None:
        self.id = job_id or uuid.uuid4().hex
        self.image = image
        self.image_sha256 = hashlib.sha256(image).hexdigest()
        self.request = request
        self.variant = variant
        self.avoid = avoid
        self.state: JobState = "queued"
        self.result: DescriptionResult | None = None
        self.error: AltdError | None = None
        self.attempts = 0
        self.bystanding = 0
        self.waited_ms = 0.0
        self._born = time.monotonic()
        self._events: list[tuple[int, str, dict[str, Any]]] = []
        self._published = 0
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()

    @property
    def finished(self) -> bool:
        """Whether the job is in a final state."""
        return self.state in FINAL_STATES

    def age_ms(self) -> float:
        """Milliseconds since the job was submitted."""
        return round((time.monotonic() - self._born) * 1000, 1)

    def begin(self) -> None:
        """Note that the engine is given the picture now."""
        self.state = "running"
        self.attempts += 1
        self.waited_ms = self.age_ms()

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - a long poll ends quietly
        """Wait until the job is finished, at most `timeout` seconds; return `finished`."""
        try:
            await asyncio.wait_for(self._ended.wait(), timeout)
        except TimeoutError:
            return False
        return True

    async def events(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Every event from the beginning, ending after `done` or `error`.

        Names: `queued {position}`, `model_load {progress}`, `encode {}`, `token {text}` (the whole text so
        far; a slow reader sees only the newest), `done` (the result), `error {code, message}`.
        """
        seen = 0
        while True:
            changed = self._changed
            for number, name, payload in list(self._events):
                if number > seen:
                    seen = number
                    yield name, payload
            if seen == self._published:
                if self.finished:
                    return
                await changed.wait()

    def publish(self, name: str, payload: dict[str, Any] | None = None) -> None:
        """Append an event; the newest one of a name that reports progress replaces the one before."""
        if self.finished:
            return
        self._append(name, payload or {})

    def succeed(self, result: DescriptionResult) -> None:
        """End with a result; nothing happens when the job has ended already."""
        if not self.finished:
            self.result = result
            self._end(result.state, "done", asdict(result))

    def fail(self, error: AltdError) -> None:
        """End with an error; nothing happens when the job has ended already."""
        if not self.finished:
            self.error = error
            self._end(
                "cancelled" if error.code == "cancelled" else "failed", "error", error.payload()["error"]
            )

    def _end(self, state: JobState, name: str, payload: dict[str, Any]) -> None:
        self.state = state
        self.image = b""  # up to 20 MB that nobody needs any more
        self._append(name, payload)
        self._ended.set()

    def _append(self, name: str, payload: dict[str, Any]) -> None:
        self._published += 1
        if self._events and self._events[-1][1] == name:
            self._events.pop()
        self._events.append((self._published, name, payload))
        self._changed.set()
        self._changed = asyncio.Event()
