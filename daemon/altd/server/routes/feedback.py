"""`/v1/feedback`: verdicts, answered only after they are safe on disk."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
import uuid

from aiohttp import web

from altd.errors import AltdError
from altd.server.routing import Access, Route, answer, read_body
from altd.server.schemas import Feedback, FeedbackBody, Purged, Undone
from altd.server.state import state_of
from altd.store import queries
from altd.store.records import DescriptionRow, FeedbackRow

_log = logging.getLogger(__name__)


async def record(request: web.Request) -> web.Response:
    """Keep a verdict, and with it the image it is about."""
    body, state = await read_body(request, FeedbackBody), state_of(request)
    described = await state.desk.row(body.description_id)
    other = await state.desk.row(body.other_id) if body.other_id else None
    _check(body, described, other)
    row, image = _row(body), state.desk.recent_image(described.image_sha256)

    def commit(connection: sqlite3.Connection) -> FeedbackRow:
        """Runs inside one transaction; the image is durable before it commits."""
        queries.save_description(connection, described)
        if other is not None:
            queries.save_description(connection, other)
        kept = queries.record_feedback(connection, row)
        if image is not None:
            state.images.keep(image, lambda: queries.images_in_evidence(connection))
        return kept

    kept = await state.database.awrite(commit)
    _log.info("feedback %s: %s on %s", kept.id, kept.verdict, kept.description_id)
    return answer(Feedback(id=kept.id, verdict=kept.verdict, description_id=kept.description_id))


async def undo(request: web.Request) -> web.Response:
    """Take a verdict back."""
    feedback_id = request.match_info["id"]
    await state_of(request).database.awrite(lambda connection: queries.undo_feedback(connection, feedback_id))
    return answer(Undone(id=feedback_id))


async def purge(request: web.Request) -> web.Response:
    """Delete every verdict, description and kept image."""
    state = state_of(request)
    deleted = await state.database.awrite(queries.purge)
    await asyncio.to_thread(state.images.sweep, set())
    _log.info("feedback purged: %d verdicts", deleted)
    return answer(Purged(deleted=deleted))


def _check(body: FeedbackBody, described: DescriptionRow, other: DescriptionRow | None) -> None:
    if (body.text is not None) != (body.verdict == "edit"):
        raise AltdError("invalid_request", "Send `text` with the verdict `edit`, and only with it.")
    if (other is not None) != (body.verdict == "prefer"):
        raise AltdError("invalid_request", "Send `other_id` with the verdict `prefer`, and only with it.")
    if other is not None and (other.id == described.id or other.image_sha256 != described.image_sha256):
        raise AltdError("invalid_request", "`other_id` must be another description of the same image.")
    if not described.text and body.verdict in ("accept", "prefer"):
        raise AltdError("invalid_request", "There is no text to accept; send the verdict `edit` or `reject`.")


def _row(body: FeedbackBody) -> FeedbackRow:
    return FeedbackRow(
        id=uuid.uuid4().hex,
        key=body.key,
        description_id=body.description_id,
        verdict=body.verdict,
        text=body.text,
        other_id=body.other_id,
        created_at=time.time(),
    )


ROUTES = (
    Route(
        "POST",
        "/v1/feedback",
        record,
        "Keep a verdict; 200 means that it survives a power cut.",
        {200: Feedback},
        body=FeedbackBody,
        errors=("invalid_request", "unknown_description", "not_finished", "feedback_conflict", "cancelled"),
    ),
    Route(
        "DELETE",
        "/v1/feedback/{id}",
        undo,
        "Take a verdict back; again is no error.",
        {200: Undone},
        errors=("unknown_feedback",),
    ),
    Route(
        "DELETE",
        "/v1/feedback",
        purge,
        "Delete every verdict, description and kept image.",
        {200: Purged},
        access=Access.LOCAL,
    ),
)
