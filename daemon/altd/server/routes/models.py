"""`/v1/models`: models, generations, and which generation answers."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web

from altd.errors import AltdError
from altd.models import generations
from altd.models.catalogue import all_models, is_here
from altd.models.fit import require_fit
from altd.models.manifest import Manifest
from altd.server.routing import DISK_ERRORS, Route, answer, read_body
from altd.server.schemas import Active, ActiveBody, GenerationEntry, ModelEntry, Models
from altd.server.state import State, state_of

_log = logging.getLogger(__name__)


async def list_models(request: web.Request) -> web.Response:
    """List models and generations."""
    state = state_of(request)
    manifests = await asyncio.to_thread(generations.list_generations, state.paths)
    active = generations.active_generation(state.paths)
    here = {model.name: model for model in (state.model, *all_models(state.paths)) if is_here(model)}
    entries = [ModelEntry(id=model.name, about=model.about) for model in here.values()]
    remote = state.service.settings.remote
    if remote is not None:  # first: it is the one that answers
        entries.insert(0, ModelEntry(id=remote.model, about=f"Behind the server at {remote.host}."))
    return answer(
        Models(
            data=entries,
            active=active,
            generations=[generation_entry(manifest, active) for manifest in manifests],
        )
    )


async def activate(request: web.Request) -> web.Response:
    """Let another generation answer from the next request on."""
    body, state = await read_body(request, ActiveBody), state_of(request)
    async with state.switching:
        await _switch(state, body.generation, body.expected_generation)
    _log.info("generation %s is active", body.generation)
    return answer(Active(generation=body.generation))


async def _switch(state: State, generation: str, expected: str | None) -> None:
    """Check, load, then move the pointer: a generation that cannot be loaded never becomes active.

    Where the pointer cannot be moved, as on a full disk, the generation before answers again.
    """
    active = generations.active_generation(state.paths)
    if expected is not None and active != expected:
        raise AltdError("generation_conflict")
    manifest = await asyncio.to_thread(generations.verify, state.paths, generation)
    await asyncio.to_thread(require_fit, manifest, state.model)
    before = state.service.generation
    await state.service.activate(generation)
    try:
        await asyncio.to_thread(generations.promote, state.paths, generation, active)
    except BaseException:
        if before is not None:
            await state.service.activate(before)
        raise


def generation_entry(manifest: Manifest, active: str | None) -> GenerationEntry:
    """Return a manifest as clients get it: without the ids of the examples and the files' digests."""
    return GenerationEntry(
        generation=manifest.generation,
        parent=manifest.parent,
        active=manifest.generation == active,
        base=manifest.base.get("name", ""),
        origin=manifest.origin,
        created_at=manifest.created_at,
        examples=int(manifest.examples.get("count", 0)),
        gate=manifest.gate,
        metrics=manifest.metrics,
    )


ROUTES = (
    Route("GET", "/v1/models", list_models, "Models, generations and the active one.", {200: Models}),
    Route(
        "PUT",
        "/v1/models/active",
        activate,
        "Let another generation answer; requests in flight end on the old one.",
        {200: Active},
        body=ActiveBody,
        errors=(
            "invalid_request",
            "unknown_generation",
            "generation_conflict",
            "generation_broken",
            "generation_unfit",
            "engine_failed",
            *DISK_ERRORS,
        ),
    ),
)
