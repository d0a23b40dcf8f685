"""The engine whose model is somebody else's server: pictures are read here, described there, and judged here.

Everything that protects the reader of a text holds as with a model of our own: the lines that were read are
in the prompt and in the answer, quoted words are held against them, the text is cleaned. Confidence is high
only where the server tells how probable its tokens were.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from altd.describe.confidence import Candidate, Thresholds, Verdict
from altd.describe.guidance import guidance
from altd.describe.prompt import Context, build_question
from altd.describe.wording import conclude, folded, is_new, only_text, tidier, without_post
from altd.engine.process import EngineProcess, EngineState
from altd.engine.protocol import Activate, Describe, Described, Prepare, Prepared, Progress
from altd.engine.remote.client import Question, RemoteClient, Said
from altd.engine.remote.link import Link
from altd.engine.remote.target import Target
from altd.engine.spawn import Timing
from altd.errors import AltdError

_TRIES = 3
_TEMPERATURES = (0.8, 1.0, 1.2)
_MAX_TOKENS = {"alt": 200, "long": 400}
_PROGRESS_EVERY_S = (
    0.1  # cleaning the text so far takes a millisecond, and servers send tokens by the hundred
)
_NO_GENERATIONS = (
    "A remote server answers, and generations belong to altd's own models; empty `remote_url` first."
)

Tell = Callable[[Progress], None]


class RemoteEngine:
    """A reading child process and a remote server, with the face of an `EngineProcess`.

    Args:
        target: the server.
        command: starts the reading process.
        environment: that process's whole environment.
        on_change: called after each change of `state`, `reason` or `progress`.
    """

    device = "remote"
    spare = 0

    def __init__(
        self,
        target: Target,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        on_change: Callable[[], None] = lambda: None,
        timing: Timing | None = None,
    ) -> None:
        self._target = target
        self._reader = EngineProcess(lambda: command, environment, on_change=on_change, timing=timing)
        self._client = RemoteClient(target)
        self._link = Link(self._client, on_change)
        self._thresholds = Thresholds()
        self._one_picture = asyncio.Lock()
        self._work: dict[str, asyncio.Task[Described]] = {}
        self._watch: asyncio.Task[None] | None = None

    @property
    def state(self) -> EngineState:
        """That of the reading process; once it reads, that of the server."""
        return self._link.state if self._reader.state == "ready" else self._reader.state

    @property
    def reason(self) -> str | None:
        """Why the state is degraded, in one sentence."""
        return self._link.reason if self._reader.state == "ready" else self._reader.reason

    @property
    def progress(self) -> float:
        """How far the reading process is loaded, 0 to 1."""
        return self._reader.progress

    @property
    def pid(self) -> int | None:
        """Process id of the reading process while there is one."""
        return self._reader.pid

    @property
    def hopeless(self) -> bool:
        """Whether the reading process could not be started several times in a row."""
        return self._reader.hopeless

    @property
    def parallel(self) -> int:
        """How many pictures are worked on at once."""
        return self._target.parallel

    @property
    def gives_logprobs(self) -> bool | None:
        """Whether the server told how probable its last answer was; None before the first."""
        return self._client.gives_logprobs

    async def start(self) -> None:
        """Begin to supervise the process and to watch the server."""
        await self._client.start()
        await self._reader.start()
        self._watch = asyncio.create_task(self._link.watch(), name="altd-remote")

    async def close(self) -> None:
        """Drop what runs, close every connection, end the process."""
        tasks = [*self._work.values(), *([self._watch] if self._watch else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.close()
        await self._reader.close()

    async def wait_ready(self) -> None:
        """Wait until pictures can be read; a server that is away is told by each request's own error."""
        await self._reader.wait_ready()

    async def describe(self, message: Describe, image: bytes, on_progress: Tell) -> Described:
        """Describe one picture.

        Raises:
            EngineDied: the reading process ended meanwhile.
            AltdError: what reading or the server answered; `cancelled`.
        """
        work = self._work[message.id] = asyncio.create_task(self._describe(message, image, on_progress))
        try:
            await asyncio.wait([work])
        finally:  # reached early when the caller itself is cancelled
            del self._work[message.id]
            work.cancel()
        if work.cancelled():
            raise AltdError("cancelled")
        return work.result()

    async def activate(self, message: Activate) -> None:
        """Refuse: there is nothing to swap; raises `AltdError` `generation_unfit`."""
        raise AltdError("generation_unfit", _NO_GENERATIONS)

    def cancel(self, job_id: str) -> None:
        """Stop the work with this id; closing its connection is how the server learns of it."""
        self._reader.cancel(job_id)
        if job_id in self._work:
            self._work[job_id].cancel()

    async def _describe(self, ask: Describe, image: bytes, on_progress: Tell) -> Described:
        async with self._one_picture:  # one that kills the process must not take others with it
            prepared, picture = await self._reader.prepare(Prepare(id=ask.id), image, on_progress)
        times = dict(prepared.timings_ms)
        if ask.detail == "text":
            verdict = only_text(prepared.lines)
        else:
            on_progress(Progress(id=ask.id, step="encode"))
            start = time.monotonic()
            verdict = await self._look(ask, prepared, picture, on_progress)
            if alone := without_post(ask, verdict.state):
                verdict = replace(await self._look(alone, prepared, picture, on_progress), confidence="low")
            times["remote"] = round((time.monotonic() - start) * 1000, 1)
        return Described(
            id=ask.id,
            state=verdict.state,
            text=verdict.text,
            confidence=verdict.confidence,
            lines=prepared.lines,
            language=self._language(ask) if verdict.from_model else "und",
            generation=None,
            timings_ms=times,
        )

    async def _look(self, ask: Describe, prepared: Prepared, picture: bytes, on_progress: Tell) -> Verdict:
        tidy = tidier(ask, prepared.lines, self._thresholds)
        tell = _throttled(lambda text: on_progress(Progress(id=ask.id, step="token", text=tidy(text))))
        seen = {folded(text) for text in ask.avoid}
        for attempt in range(_TRIES):
            said = await self._ask(self._question(ask, prepared.lines, picture, attempt), tell)
            text = tidy(said.text)
            fits = ask.variant == 0 or is_new(text, seen, self._thresholds)
            if fits:
                break
        candidate = Candidate(text, said.mean_logp, repeated=not fits)
        return conclude(candidate, prepared.lines, ask, self._thresholds)

    async def _ask(self, question: Question, tell: Callable[[str], None]) -> Said:
        try:
            said = await self._client.ask(question, tell)
        except AltdError as error:
            self._link.note(error)
            raise
        self._link.note(None)
        return said

    def _question(self, ask: Describe, lines: tuple[str, ...], picture: bytes, attempt: int) -> Question:
        return Question(
            picture,
            build_question(Context(**ask.context), lines),
            system=guidance(ask.detail, ask.language) if self._target.guided else "",
            max_tokens=_MAX_TOKENS[ask.detail],
            temperature=_TEMPERATURES[attempt] if ask.variant else 0.0,
            seed=ask.variant * _TRIES + attempt,
        )

    def _language(self, ask: Describe) -> str:
        """A guided model was told the language; a trained one knows English."""
        return ask.language if self._target.guided else "en"


def _throttled(tell: Callable[[str], None]) -> Callable[[str], None]:
    """The same function, called at most ten times a second."""
    last = 0.0

    def now_and_then(text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _PROGRESS_EVERY_S:
            last = time.monotonic()
            tell(text)

    return now_and_then
