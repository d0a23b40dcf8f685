"""`/v1/feedback`: verdicts, answered only after they are safe on disk."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
import uuid

from aiohttp import web

from altd.errors import AltdError
from altd.server.purge import purge_target
from altd.server.routing import DISK_ERRORS, Parameter, Route, answer, read_body
from altd.server.schemas import Feedback, FeedbackBody, Purged, Undone
from altd.server.state import state_of
from altd.server.upload import read_submission
from altd.store import queries
from altd.store.images import digest_of
from altd.store.purging import find_target
from altd.store.records import DescriptionRow, FeedbackRow

_log = logging.getLogger(__name__)
_ID = {"type": "string", "minLength": 1}


async def record(request: web.Request) -> web.Response:
    """Keep a verdict, and with it the image it is about."""
    body, state = await read_body(request, FeedbackBody), state_of(request)
    described = await state.desk.row(body.description_id)
    other = await state.desk.row(body.other_id) if body.other_id else None
    _check(body, described, other)
    row, image = _row(body), state.desk.recent_image(described.image_sha256)

    def commit(connection: sqlite3.Connection) -> tuple[FeedbackRow, bool]:
        """Runs inside one transaction; the image is durable before it commits."""
        queries.save_description(connection, described)
        if other is not None:
            queries.save_description(connection, other)
        kept = queries.record_feedback(connection, row)
        if image is not None:
            state.images.keep(image, lambda: queries.images_in_evidence(connection))
        return kept, state.images.path(described.image_sha256).is_file()

    kept, image_kept = await state.database.awrite(commit)
    _log.info("feedback %s: %s on %s", kept.id, kept.verdict, kept.description_id)
    return answer(
        Feedback(id=kept.id, verdict=kept.verdict, description_id=kept.description_id, image_kept=image_kept)
    )


async def keep_image(request: web.Request) -> web.Response:
    """Keep the image of a verdict that came when its bytes were no longer in memory."""
    state, feedback_id = state_of(request), request.match_info["id"]
    image = (await read_submission(request)).image

    def commit(connection: sqlite3.Connection) -> None:
        if queries.image_of_feedback(connection, feedback_id) != digest_of(image):
            raise AltdError("invalid_request", "Send the same bytes that were described.")
        state.images.keep(image, lambda: queries.images_in_evidence(connection))

    await state.database.awrite(commit)
    return web.Response(status=204)


async def undo(request: web.Request) -> web.Response:
    """Take a verdict back."""
    feedback_id = request.match_info["id"]
    await state_of(request).database.awrite(lambda connection: queries.undo_feedback(connection, feedback_id))
    return answer(Undone(id=feedback_id))


async def purge(request: web.Request) -> web.Response:
    """Delete what belongs to one post or image, or everything; again after a break goes on."""
    state = state_of(request)
    if len(request.query) > 1 or set(request.query) - {"post", "image"}:
        raise AltdError("invalid_request", "Name one `post` or one `image`, and nothing else.")
    post, image = request.query.get("post"), request.query.get("image")
    target = await state.database.aread(lambda connection: find_target(connection, post=post, image=image))
    state.desk.forget(target)  # first: a verdict that comes now must not bring it back
    outcome = await asyncio.to_thread(purge_target, state.paths, state.database, target)
    _log.info("feedback purged: %d verdicts", outcome.verdicts)
    return answer(
        Purged(deleted=outcome.verdicts, images=outcome.images, generations=list(outcome.generations))
    )


def _check(body: FeedbackBody, described: DescriptionRow, other: DescriptionRow | None) -> None:
    if (body.text is not None) != (body.verdict == "edit"):
        raise AltdError("invalid_request", "Send `text` with the verdict `edit`, and only with it.")
    if (other is not None) != (body.verdict == "prefer"):
        raise AltdError("invalid_request", "Send `other_id` with the verdict `prefer`, and only with it.")
    if body.position is not None and body.verdict != "prefer":
        raise AltdError("invalid_request", "Send `position` only with the verdict `prefer`.")
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
        position=body.position,
    )


ROUTES = (
    Route(
        "POST",
        "/v1/feedback",
        record,
        "Keep a verdict; 200 means that it survives a power cut.",
        {200: Feedback},
        body=FeedbackBody,
        errors=(
            "invalid_request",
            "unknown_description",
            "not_finished",
            "feedback_conflict",
            "cancelled",
            *DISK_ERRORS,
        ),
    ),
    Route(
        "PUT",
        "/v1/feedback/{id}/image",
        keep_image,
        "Send the described image once more, for a verdict whose answer said that it is not kept.",
        {204: None},
        form={"image": None},
        errors=("invalid_request", "image_missing", "unknown_feedback", *DISK_ERRORS),
    ),
    Route(
        "DELETE",
        "/v1/feedback/{id}",
        undo,
        "Take a verdict back; again is no error.",
        {200: Undone},
        errors=("unknown_feedback", *DISK_ERRORS),
    ),
    Route(
        "DELETE",
        "/v1/feedback",
        purge,
        "Delete every verdict, description and kept image, or those of one post or image.",
        {200: Purged},
        query={
            "post": Parameter("a description or verdict: all in its post goes, and nothing else", _ID),
            "image": Parameter("a description or verdict: all about its image goes, and nothing else", _ID),
        },
        errors=("invalid_request", "unknown_description", "store_busy", *DISK_ERRORS),
    ),
)
