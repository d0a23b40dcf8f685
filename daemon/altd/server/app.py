"""The aiohttp application: the routes behind the access check."""

from __future__ import annotations

from aiohttp import web

from altd.server.access import ACCESS, check_access
from altd.server.failures import answer_failures
from altd.server.openapi import DOCUMENT, build_document
from altd.server.routes import ROUTES
from altd.server.state import STATE, State
from altd.server.upload import BODY_LIMIT


def build_app(state: State) -> web.Application:
    """Return the application."""
    app = web.Application(middlewares=[answer_failures, check_access], client_max_size=BODY_LIMIT)
    app[STATE] = state
    app[ACCESS] = {(route.method, route.path): route.access for route in ROUTES}
    app[DOCUMENT] = build_document(ROUTES)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, route.handler)
    app.on_response_prepare.append(_harden)
    app.on_shutdown.append(_let_go)
    return app


async def _harden(_: web.Request, response: web.StreamResponse) -> None:
    """Keep answers out of caches and of other sites' pages."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"


async def _let_go(app: web.Application) -> None:
    """End every description under way, so that those who wait for one are answered before the server ends."""
    await app[STATE].service.close()
