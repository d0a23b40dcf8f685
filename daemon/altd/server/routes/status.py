"""`/health` and `/v1/status`: whether the daemon can answer, and with what."""

from __future__ import annotations

import os
import time
from typing import Literal

from aiohttp import web

from altd import __version__
from altd.describe.prompt import PROMPT_VERSION
from altd.describe.service import DescriptionService
from altd.server.routing import Access, Route, answer
from altd.server.schemas import Health, Latency, Memory, RemoteStatus, Status
from altd.server.state import State, state_of
from altd.server.vitals import resident_bytes
from altd.store import queries


async def health(request: web.Request) -> web.Response:
    """Say at once whether descriptions can be made; nothing here waits for the model."""
    return answer(Health(status=state_of(request).service.state, version=__version__))


async def status(request: web.Request) -> web.Response:
    """Say what runs."""
    state = state_of(request)
    return answer(
        Status(
            status=state.service.state,
            reason=state.service.reason,
            version=__version__,
            pid=os.getpid(),
            started_at=state.started_at,
            model=state.service.settings.model_name,
            quantization=state.settings.quantization,
            device=state.service.device,
            waiting=state.service.waiting,
            queue=state.desk.waiting(),
            model_in_memory=state.service.engine_pid is not None,
            memory=Memory(
                daemon_bytes=resident_bytes(os.getpid()), model_bytes=resident_bytes(state.service.engine_pid)
            ),
            latency_ms=_latency(state),
            uptime_s=round(time.monotonic() - state.born, 1),
            asked_at=state.desk.asked_at,
            generation=state.service.generation,
            prompt_version=PROMPT_VERSION,
            remote=_remote(state.service),
            feedback=await state.database.aread(queries.feedback_counts),
        )
    )


def _latency(state: State) -> Latency:
    took = state.desk.latencies
    return Latency(count=len(took), p50=took.percentile(0.5), p95=took.percentile(0.95))


def _remote(service: DescriptionService) -> RemoteStatus | None:
    target = service.settings.remote
    if target is None:
        return None
    sure: dict[bool | None, Literal["measured", "always low", "unknown"]] = {
        True: "measured",
        False: "always low",
        None: "unknown",
    }
    return RemoteStatus(
        host=target.host,
        model=target.model,
        other_machine=not target.is_local,
        confidence=sure[service.gives_logprobs],
    )


ROUTES = (
    Route(
        "GET",
        "/health",
        health,
        "Whether descriptions can be made now; answers at once whatever the model does.",
        {200: Health},
        access=Access.OPEN,
    ),
    Route("GET", "/v1/status", status, "What runs.", {200: Status}),
)
