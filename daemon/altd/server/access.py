"""Who may ask: Host, Origin and token, checked before any handler and also for addresses there are not.

Three checks, none of which replaces another. *Host* stops DNS rebinding: a rebound page is same-origin
to itself and sends no Origin on GET, but its Host is its own name. *Origin / Sec-Fetch-Site* stops web
pages that address the loopback directly. The *token* is the boundary: extension origins can be forged
by other programs and are random in Firefox, so an origin alone proves nothing; the one seen at pairing
is pinned to the token.
"""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from altd.errors import AltdError
from altd.pairing.browsers import is_extension_origin
from altd.pairing.tokens import Token
from altd.server.routing import Access
from altd.server.state import state_of

ACCESS = web.AppKey("access", dict[tuple[str, str], Access])

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@web.middleware
async def check_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request through to its handler, or raise why not."""
    check_host(request)
    origin = check_origin(request)
    access = _access_of(request)
    if access in (Access.TOKEN, Access.LOCAL):
        token = check_token(request, origin)
        if access is Access.LOCAL and not token.is_local:
            raise AltdError("local_only")
        await state_of(request).tokens.note_use(token)
    return await handler(request)


def check_host(request: web.Request) -> None:
    """Want exactly one Host header: a loopback name with the port the request came in on.

    Raises:
        AltdError: `host_forbidden`.
    """
    assert request.transport is not None
    port = request.transport.get_extra_info("sockname")[1]
    hosts = request.headers.getall(hdrs.HOST, [])
    if len(hosts) != 1 or hosts[0].lower() not in {f"{name}:{port}" for name in _LOOPBACK_NAMES}:
        raise AltdError("host_forbidden")


def check_origin(request: web.Request) -> str | None:
    """Refuse web pages and return the extension's origin, None when there is no Origin header.

    An extension's GET carries no Origin; browsers then mark it `Sec-Fetch-Mode: cors`, while what a
    page can send without Origin (images, navigation) is `no-cors` or `navigate`, and its CORS requests
    always have one. Firefox calls such a GET `same-origin` (measured in 153 ESR); no page can be that,
    since the daemon serves none and a rebound name fails the Host check.

    Raises:
        AltdError: `origin_forbidden`.
    """
    origins = request.headers.getall(hdrs.ORIGIN, [])
    if origins:
        if len(origins) != 1 or not is_extension_origin(origins[0]):
            raise AltdError("origin_forbidden")
        return origins[0]
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site == "none":
        return None
    if request.headers.get("Sec-Fetch-Mode") != "cors":
        raise AltdError("origin_forbidden")
    return None


def check_token(request: web.Request, origin: str | None) -> Token:
    """Return the token that the request carries.

    Raises:
        AltdError: `unauthorized`; `origin_forbidden` when the token belongs to another extension.
    """
    scheme, _, secret = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    token = state_of(request).tokens.check(secret.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise AltdError("unauthorized")
    if origin is not None and origin != token.origin:
        raise AltdError("origin_forbidden")
    return token


def _access_of(request: web.Request) -> Access:
    resource = request.match_info.route.resource
    if resource is None:
        return Access.TOKEN
    return request.app[ACCESS].get((request.method, resource.canonical), Access.TOKEN)
