"""Which engine answers: the model's own process, or a remote server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from altd.describe.remote import RemoteEngine
from altd.describe.settings import ServiceSettings
from altd.engine.process import EngineProcess, EngineState
from altd.engine.protocol import Activate, Describe, Described, Progress


class BatchingProcess(EngineProcess):
    """The model's own process gets a batch to answer and the next one to read meanwhile."""

    parallel = 16
    spare = 4


class Engine(Protocol):
    """What the service wants of an engine; `EngineProcess` says what each of these means."""

    @property
    def state(self) -> EngineState: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def progress(self) -> float: ...
    @property
    def device(self) -> str: ...
    @property
    def pid(self) -> int | None: ...
    @property
    def hopeless(self) -> bool: ...
    @property
    def parallel(self) -> int: ...
    @property
    def spare(self) -> int: ...  # how many more it takes when the user looks at them
    @property
    def gives_logprobs(self) -> bool | None: ...

    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def wait_ready(self) -> None: ...
    async def describe(
        self, message: Describe, image: bytes, on_progress: Callable[[Progress], None], /
    ) -> Described: ...
    async def activate(self, message: Activate, /) -> None: ...
    def cancel(self, job_id: str, /) -> None: ...


def build_engine(
    settings: ServiceSettings, generation: Callable[[], str | None], on_change: Callable[[], None]
) -> Engine:
    """The engine that the settings name, not yet started.

    Args:
        generation: asked before each start of the model's process.
        on_change: called after each change of the engine's state, reason or progress.
    """
    environment = settings.environment()
    if settings.remote is not None:
        return RemoteEngine(
            settings.remote,
            settings.preparing_command(),
            environment,
            on_change=on_change,
            timing=settings.timing,
        )
    return BatchingProcess(
        lambda: settings.command(generation()), environment, on_change=on_change, timing=settings.timing
    )
