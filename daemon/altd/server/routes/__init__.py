"""All routes, one file per concern."""

from __future__ import annotations

from altd.server.routes import chat, descriptions, feedback, models, openapi, pairing, status, stored
from altd.server.routing import Route

ROUTES: tuple[Route, ...] = (
    *status.ROUTES,
    *descriptions.ROUTES,
    *feedback.ROUTES,
    *stored.ROUTES,
    *models.ROUTES,
    *pairing.ROUTES,
    *chat.ROUTES,
    *openapi.ROUTES,
)

__all__ = ["ROUTES"]
