"""Who may ask: every registered route, walked with bad credentials."""

from __future__ import annotations

import json
from typing import cast

import pytest

from altd.server.access import ACCESS
from altd.server.app import build_app
from altd.server.routes import ROUTES
from altd.server.routing import Access, Route
from altd.server.state import State
from daemon_process import ORIGIN, Daemon

OTHER_ORIGIN = "moz-extension://0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"


def name(route: Route) -> str:
    return f"{route.method} {route.path}"


def path(route: Route) -> str:
    return route.path.replace("{id}", "0123456789abcdef")


every_route = pytest.mark.parametrize("route", ROUTES, ids=name)
every_token_route = pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.access in (Access.TOKEN, Access.LOCAL)], ids=name
)


@pytest.fixture(scope="module")
def paired(daemon: Daemon) -> str:
    """The token of a paired extension."""
    code = daemon.json("POST", "/v1/pairing-codes").body["code"]
    answer = daemon.json("POST", "/v1/pair", {"code": code}, Origin=ORIGIN)
    assert answer.status == 200
    return str(answer.body["token"])


def test_only_health_and_pairing_are_without_a_token() -> None:
    free = {name(route) for route in ROUTES if route.access not in (Access.TOKEN, Access.LOCAL)}
    assert free == {"GET /health", "POST /v1/pair"}


@pytest.fixture(scope="module")
def revoked(daemon: Daemon) -> str:
    """A token that was good once."""
    made = daemon.json("POST", "/v1/tokens", {"name": "gone", "origin": OTHER_ORIGIN}).body
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert daemon.ask("GET", "/v1/status", headers=headers).status == 200
    assert daemon.ask("DELETE", f"/v1/tokens/{made['id']}").status == 200
    return str(made["token"])


# What no request may be, with what each is told: the headers take the place of the sound ones.
STRANGERS: dict[str, tuple[dict[str, str | None], int, str]] = {
    "no token": ({"Authorization": None}, 401, "unauthorized"),
    "wrong token": ({"Authorization": "Bearer " + "A" * 43}, 401, "unauthorized"),
    "revoked token": ({"Authorization": "Bearer {revoked}"}, 401, "unauthorized"),
    "foreign host": ({"Host": "192.168.1.7:{port}"}, 403, "host_forbidden"),
    "rebinding host": ({"Host": "rebound.evil.example:{port}"}, 403, "host_forbidden"),
    "foreign origin": ({"Origin": "https://evil.example"}, 403, "origin_forbidden"),
    "null origin": ({"Origin": "null"}, 403, "origin_forbidden"),
    "cross-site": ({"Sec-Fetch-Site": "cross-site"}, 403, "origin_forbidden"),
}
WITHOUT_TOKEN = {"GET /health": 200, "POST /v1/pair": 400}
"""The routes that answer without a token, and what they say to a request without a body."""


def test_the_walk_covers_every_route_that_the_application_has() -> None:
    """The router itself is asked: a route that is added around `ROUTES` is found too."""
    app = build_app(cast(State, None))
    served = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert served == {(route.method, route.path) for route in ROUTES}
    assert set(app[ACCESS]) == served


@every_route
@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers(daemon: Daemon, revoked: str, route: Route, stranger: str) -> None:
    headers, status, code = STRANGERS[stranger]
    sent = {
        key: value.format(port=daemon.port, revoked=revoked) if value else None
        for key, value in headers.items()
    }
    answer = daemon.ask(route.method, path(route), headers=sent)
    if code == "unauthorized" and name(route) in WITHOUT_TOKEN:
        assert answer.status == WITHOUT_TOKEN[name(route)]
        return
    assert (answer.status, answer.code) == (status, code)
    assert "Access-Control-Allow-Origin" not in answer.headers


@every_token_route
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer wrong", "Basic {token}", "{token}"])
def test_without_a_valid_token(daemon: Daemon, route: Route, header: str | None) -> None:
    sent = header.format(token=daemon.token) if header else header
    answer = daemon.ask(route.method, path(route), headers={"Authorization": sent})
    assert (answer.status, answer.code) == (401, "unauthorized")


@every_route
@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost.evil.example:{port}",
        "127.0.0.1.evil.example:{port}",
        "[::2]:{port}",
        "0.0.0.0:{port}",
    ],
)
def test_foreign_host(daemon: Daemon, route: Route, host: str | None) -> None:
    sent = host.format(port=daemon.port) if host else host
    answer = daemon.ask(route.method, path(route), headers={"Host": sent})
    assert answer.status in (400, 403)  # 400: the HTTP parser itself refuses a request without a host
    if answer.status == 403:
        assert answer.code == "host_forbidden"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_loopback_hosts(daemon: Daemon, host: str) -> None:
    assert daemon.ask("GET", "/v1/status", headers={"Host": f"{host}:{daemon.port}"}).status == 200


@every_route
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost",
        "http://127.0.0.1:11436",
        "null",
        "chrome-extension://short",
        "chrome-extension://ncjemekfcklmoobalfblhafnfpdkbjmo.evil.example",
    ],
)
def test_foreign_origin(daemon: Daemon, route: Route, origin: str) -> None:
    answer = daemon.ask(route.method, path(route), headers={"Origin": origin})
    assert (answer.status, answer.code) == (403, "origin_forbidden")


@every_route
@pytest.mark.parametrize(
    ("site", "mode"),
    [
        ("cross-site", "no-cors"),
        ("cross-site", "navigate"),
        ("same-site", "no-cors"),
        ("same-origin", "navigate"),
    ],
)
def test_what_a_page_can_send_without_origin(daemon: Daemon, route: Route, site: str, mode: str) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
    answer = daemon.ask(route.method, path(route), headers=headers)
    assert (answer.status, answer.code) == (403, "origin_forbidden")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},  # Firefox
    ],
)
def test_a_get_of_the_extension_carries_no_origin(
    daemon: Daemon, paired: str, headers: dict[str, str]
) -> None:
    answer = daemon.ask("GET", "/v1/status", headers={"Authorization": f"Bearer {paired}", **headers})
    assert answer.status == 200


def test_the_token_is_pinned_to_the_origin_seen_at_pairing(daemon: Daemon, paired: str) -> None:
    def ask(origin: str) -> int:
        headers = {"Authorization": f"Bearer {paired}", "Origin": origin}
        return daemon.ask("GET", "/v1/status", headers=headers).status

    assert ask(ORIGIN) == 200
    assert ask(OTHER_ORIGIN) == 403


@pytest.mark.parametrize("route", [route for route in ROUTES if route.access is Access.LOCAL], ids=name)
def test_what_only_the_command_line_may_do(daemon: Daemon, paired: str, route: Route) -> None:
    headers = {"Authorization": f"Bearer {paired}"}
    answer = daemon.ask(route.method, path(route), headers=headers)
    assert (answer.status, answer.code) == (403, "local_only")


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD"])
def test_unknown_addresses_are_not_told_from_known_ones_without_a_token(daemon: Daemon, method: str) -> None:
    assert daemon.ask(method, "/nothing", headers={"Authorization": None}).status == 401


def test_a_preflight_gets_no_permission(daemon: Daemon) -> None:
    headers = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Private-Network": "true",
        "Authorization": None,
    }
    answer = daemon.ask("OPTIONS", "/v1/descriptions", headers=headers)
    assert answer.status == 403
    assert not [header for header in answer.headers if header.lower().startswith("access-control")]


def test_answers_stay_out_of_caches_and_other_pages(daemon: Daemon) -> None:
    headers = daemon.ask("GET", "/health", headers={"Authorization": None}).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_revoked_token_ends_at_once(daemon: Daemon) -> None:
    code = daemon.json("POST", "/v1/pairing-codes").body["code"]
    paired = daemon.json("POST", "/v1/pair", {"code": code, "name": "Firefox"}, Origin=OTHER_ORIGIN).body
    listed = {token["id"]: token for token in daemon.ask("GET", "/v1/tokens").body["tokens"]}
    assert listed[paired["id"]]["origin"] == OTHER_ORIGIN
    assert listed[paired["id"]]["name"] == "Firefox"
    assert paired["token"] not in json.dumps(listed)
    assert daemon.ask("DELETE", f"/v1/tokens/{paired['id']}").status == 200
    headers = {"Authorization": f"Bearer {paired['token']}"}
    assert daemon.ask("GET", "/v1/status", headers=headers).status == 401
    assert daemon.ask("DELETE", f"/v1/tokens/{paired['id']}").code == "unknown_token"
