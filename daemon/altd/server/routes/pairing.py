"""`/v1/pair` and what the command line alone may do with tokens."""

from __future__ import annotations

import logging

from aiohttp import hdrs, web

from altd.pairing.codes import LIFETIME_S
from altd.pairing.tokens import valid_tokens
from altd.server.routing import DISK_ERRORS, Access, Route, answer, read_body
from altd.server.schemas import PairBody, Paired, PairingCode, Revoked, TokenBody, TokenEntry, Tokens
from altd.server.state import state_of

_log = logging.getLogger(__name__)


async def pair(request: web.Request) -> web.Response:
    """Trade a one-time code for a token, bound to the extension's origin."""
    body, state = await read_body(request, PairBody), state_of(request)
    state.codes.redeem(body.code)
    token, secret = await state.tokens.create(body.name, request.headers.get(hdrs.ORIGIN))
    _log.info("paired: token %s", token.id)
    return answer(Paired(token=secret, id=token.id))


async def grant(request: web.Request) -> web.Response:
    """Make a token for an extension that the browser itself vouches for."""
    body, state = await read_body(request, TokenBody), state_of(request)
    token, secret = await state.tokens.create(body.name, body.origin)
    _log.info("paired without a code: token %s", token.id)
    return answer(Paired(token=secret, id=token.id))


async def issue_code(request: web.Request) -> web.Response:
    """Make a one-time code; an older one ends."""
    return answer(PairingCode(code=state_of(request).codes.issue(), expires_in_s=int(LIFETIME_S)))


async def list_tokens(request: web.Request) -> web.Response:
    """List the tokens of paired browsers."""
    tokens = await state_of(request).database.aread(valid_tokens)
    return answer(
        Tokens(
            tokens=[
                TokenEntry(
                    id=token.id,
                    name=token.name,
                    origin=token.origin,
                    created_at=token.created_at,
                    last_used_at=token.last_used_at,
                )
                for token in tokens
            ]
        )
    )


async def revoke(request: web.Request) -> web.Response:
    """End a token."""
    token_id = request.match_info["id"]
    await state_of(request).tokens.revoke(token_id)
    _log.info("revoked: token %s", token_id)
    return answer(Revoked(id=token_id))


ROUTES = (
    Route(
        "POST",
        "/v1/pair",
        pair,
        "Trade a one-time code from `altd pair` for a token.",
        {200: Paired},
        access=Access.CODE,
        body=PairBody,
        errors=("invalid_request", "pairing_failed", "too_many_attempts", *DISK_ERRORS),
    ),
    Route(
        "POST",
        "/v1/pairing-codes",
        issue_code,
        "Make a one-time code: valid two minutes, for one use; five wrong tries end it.",
        {200: PairingCode},
        access=Access.LOCAL,
    ),
    Route(
        "POST",
        "/v1/tokens",
        grant,
        "Make a token for a paired browser without a code; the native-messaging host asks for it.",
        {200: Paired},
        access=Access.LOCAL,
        body=TokenBody,
        errors=("invalid_request", *DISK_ERRORS),
    ),
    Route("GET", "/v1/tokens", list_tokens, "List paired browsers.", {200: Tokens}, access=Access.LOCAL),
    Route(
        "DELETE",
        "/v1/tokens/{id}",
        revoke,
        "End a browser's token.",
        {200: Revoked},
        access=Access.LOCAL,
        errors=("unknown_token", *DISK_ERRORS),
    ),
)
