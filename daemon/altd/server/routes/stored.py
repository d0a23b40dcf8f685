"""`GET /v1/feedback`: what is stored, for the person it belongs to to hear and to keep."""

from __future__ import annotations

from aiohttp import web

from altd.server.routing import Route, answer
from altd.server.schemas import StoredFeedback, StoredVerdict
from altd.server.state import state_of
from altd.store import queries
from altd.store.records import EvidenceRow


async def list_stored(request: web.Request) -> web.Response:
    """Return the verdicts that stand."""
    rows = await state_of(request).database.aread(queries.evidence)
    return answer(StoredFeedback(feedback=[_stored(row) for row in rows]))


def _stored(row: EvidenceRow) -> StoredVerdict:
    return StoredVerdict(
        id=row.feedback.id,
        verdict=row.feedback.verdict,
        created_at=row.feedback.created_at,
        site=row.description.site,
        post=row.description.context.get("text", ""),
        description=row.description.text,
        text=row.feedback.text,
        other=row.other.text if row.other else None,
    )


ROUTES = (
    Route(
        "GET",
        "/v1/feedback",
        list_stored,
        "List the verdicts that stand, oldest first, with the texts they are about.",
        {200: StoredFeedback},
    ),
)
