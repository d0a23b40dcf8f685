"""Every failure becomes `{"error": {"code", "message"}}`, and none carries an exception's text.

Under `/v1/chat/` the error has OpenAI's further fields as well, since clients made for it look at them.
"""

from __future__ import annotations

import logging
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from altd.disk import disk_error
from altd.errors import AltdError, where

_log = logging.getLogger(__name__)

_OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
_BY_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


@web.middleware
async def answer_failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into the documented form."""
    try:
        return await handler(request)
    except AltdError as failed:
        error = failed
    except web.HTTPException as failed:
        error = AltdError(_BY_STATUS.get(failed.status, "invalid_request"))
    except Exception as failed:  # noqa: BLE001 - the last place where it can become an answer
        log_unexpected(failed)
        error = disk_error(failed) or AltdError("internal")
    return failure(error, as_openai=request.path.startswith("/v1/chat/"))


def failure(error: AltdError, *, as_openai: bool = False) -> web.Response:
    """Return an error as a response; a full or loading daemon says when to come again."""
    headers = {"Retry-After": "3"} if error.status == 503 else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    payload = openai_payload(error) if as_openai else error.payload()
    return web.json_response(payload, status=error.status, headers=headers)


def openai_payload(error: AltdError) -> dict[str, dict[str, Any]]:
    """Return the body that OpenAI's clients expect: ours with a coarse type, and no parameter."""
    kind = _OPENAI_TYPES.get(error.status, "server_error" if error.status >= 500 else "invalid_request_error")
    return {"error": {**error.payload()["error"], "type": kind, "param": None}}


def log_unexpected(error: BaseException) -> None:
    """Log an error that has no code of its own."""
    _log.error("unexpected %s", where(error))
