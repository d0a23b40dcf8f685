"""`GET /v1/openapi.json`: the interface as an OpenAPI 3.1 document, made from the routes themselves."""

from __future__ import annotations

from aiohttp import web

from altd.server.openapi import DOCUMENT
from altd.server.routing import Route


async def openapi(request: web.Request) -> web.Response:
    """Return the document."""
    return web.json_response(request.app[DOCUMENT])


ROUTES = (Route("GET", "/v1/openapi.json", openapi, "This interface as OpenAPI 3.1.", {200: None}),)
