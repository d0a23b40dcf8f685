"""`/v1/descriptions`: submit an image, wait for its text, follow it, cancel it, ask for another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from altd.describe.job import DescriptionRequest, DescriptionResult
from altd.describe.prompt import Context
from altd.errors import AltdError
from altd.server.desk import Entry
from altd.server.failures import log_unexpected
from altd.server.routing import DISK_ERRORS, Parameter, Route, answer
from altd.server.schemas import Accepted, Description, DescriptionBody
from altd.server.state import state_of
from altd.server.upload import read_submission
from altd.store.records import DescriptionRow

MAX_WAIT_S = 20.0
_WAIT = Parameter(
    "seconds to wait for the result; 0 when left out",
    {"type": "number", "minimum": 0, "maximum": MAX_WAIT_S},
)
ENGINE_ERRORS = (
    "image_undecodable",
    "image_too_large",
    "engine_failed",
    "gpu_out_of_memory",
    "cancelled",
    "remote_unreachable",
    "remote_busy",
    "remote_timeout",
    "remote_refused",
    "remote_failed",
)


async def submit(request: web.Request) -> web.Response:
    """Take an image in."""
    submission = await read_submission(request)
    entry = state_of(request).desk.submit(
        submission.image, request_of(submission.body), submission.body.media_key
    )
    return progress(entry)


async def show(request: web.Request) -> web.Response:
    """Wait for a description, at most `wait` seconds."""
    wait = _seconds(request.query.get("wait", "0"))
    description_id = request.match_info["id"]
    entry = state_of(request).desk.entry(description_id)
    if entry is None:
        return answer(_earlier(await state_of(request).desk.row(description_id)))
    await entry.job.wait(wait)
    return progress(entry)


async def events(request: web.Request) -> web.StreamResponse:
    """Follow a description as server-sent events."""
    entry = state_of(request).desk.entry(request.match_info["id"])
    if entry is None:
        raise AltdError("unknown_description")
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    try:
        async for name, payload in entry.job.events():
            await response.write(_event(name, payload))
    except ConnectionError:
        return response  # the reader left; the description goes on for others
    except Exception as error:  # noqa: BLE001 - the status is sent: an event is all that can still tell
        log_unexpected(error)
        await response.write(_event("error", AltdError("internal").payload()["error"]))
    return response


async def cancel(request: web.Request) -> web.Response:
    """Stop a description; a finished one stays as it is."""
    state_of(request).desk.cancel(request.match_info["id"])
    return web.Response(status=204)


async def alternative(request: web.Request) -> web.Response:
    """Ask for a different text for the same image."""
    return progress(await state_of(request).desk.submit_alternative(request.match_info["id"]))


def request_of(body: DescriptionBody) -> DescriptionRequest:
    """Return a submission's JSON as the describing service takes it."""
    return DescriptionRequest(
        context=Context(**body.context.model_dump()),
        language=body.language,
        detail=body.detail,
        priority=body.priority,
    )


def progress(entry: Entry) -> web.Response:
    """Return 200 with the result, 202 while there is none.

    Raises:
        AltdError: why there will be none.
    """
    job = entry.job
    if job.error is not None:
        raise job.error
    if job.state == "cancelled":
        raise AltdError("cancelled")
    if job.result is not None:
        return answer(finished(job.result, entry.alternative_of))
    accepted = Accepted(
        id=job.id,
        state="queued" if job.state == "queued" else "running",
        alternative_of=entry.alternative_of,
    )
    return answer(accepted, status=202)


def finished(result: DescriptionResult, alternative_of: str | None) -> Description:
    """Return a result as clients get it."""
    return Description(
        id=result.id,
        state=result.state,
        text=result.text,
        confidence=result.confidence,
        text_in_image=result.text_in_image,
        language=result.language,
        model=result.model,
        generation=result.generation,
        cached=result.cached,
        timings_ms=dict(result.timings_ms),
        alternative_of=alternative_of,
    )


def _event(name: str, payload: Mapping[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()


def _earlier(row: DescriptionRow) -> Description:
    return Description(
        id=row.id,
        state="done" if row.text else "no_description",
        text=row.text,
        confidence="high" if row.confidence == "high" else "low",
        text_in_image="\n".join(row.lines),
        language=row.language,
        model=row.model,
        generation=row.generation,
        cached=True,
        timings_ms={},
        alternative_of=row.alternative_of,
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds <= MAX_WAIT_S:
        raise AltdError("invalid_request", f"`wait` must be a number of seconds from 0 to {MAX_WAIT_S:.0f}.")
    return seconds


ROUTES = (
    Route(
        "POST",
        "/v1/descriptions",
        submit,
        "Submit an image; the result at once when it is known, else an id to wait for.",
        {200: Description, 202: Accepted},
        form={"image": None, "request": DescriptionBody},
        errors=("image_missing", "invalid_request", "queue_full", *ENGINE_ERRORS),
    ),
    Route(
        "GET",
        "/v1/descriptions/{id}",
        show,
        "Wait for a description.",
        {200: Description, 202: Accepted},
        query={"wait": _WAIT},
        errors=("unknown_description", "invalid_request", *ENGINE_ERRORS),
    ),
    Route(
        "GET",
        "/v1/descriptions/{id}/events",
        events,
        "Follow a description as server-sent events: queued, model_load, encode, token, done, error.",
        {200: None},
        errors=("unknown_description",),
    ),
    Route(
        "DELETE",
        "/v1/descriptions/{id}",
        cancel,
        "Cancel a description, wherever it is; a finished one stays as it is.",
        {204: None},
        errors=("unknown_description",),
    ),
    Route(
        "POST",
        "/v1/descriptions/{id}/alternatives",
        alternative,
        "Ask for a text that differs from those given so far for the same image in the same context.",
        {200: Description, 202: Accepted},
        errors=("unknown_description", "not_finished", "queue_full", *DISK_ERRORS, *ENGINE_ERRORS),
    ),
)
