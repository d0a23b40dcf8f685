"""Every failure becomes `{"error": {"code", "message"}}`, and none carries an exception's text."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from altd.errors import AltdError, where

_log = logging.getLogger(__name__)

_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


@web.middleware
async def answer_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into the documented form."""
    try:
        return await handler(request)
    except AltdError as error:
        return failure(error)
    except web.HTTPException as error:
        return failure(AltdError(_BY_STATUS.get(error.status, "invalid_request")))
    except Exception as error:  # noqa: BLE001 - the last place where it can become an answer
        log_unexpected(error)
        return failure(AltdError("internal"))


def failure(error: AltdError) -> web.Response:
    """Return an error as a response; a full or loading daemon says when to come again."""
    headers = {"Retry-After": "3"} if error.status == 503 else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.json_response(error.payload(), status=error.status, headers=headers)


def log_unexpected(error: BaseException) -> None:
    """Log an error that has no code of its own."""
    _log.error("unexpected %s", where(error))
