"""The OpenAPI document says what the router does."""

from __future__ import annotations

import json
from typing import Any

from altd.errors import ERRORS
from altd.server.openapi import build_document, error_codes
from altd.server.routes import ROUTES
from daemon_process import Daemon


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*(references(child) for child in value.values()))
    if isinstance(value, list):
        return set().union(*(references(child) for child in value))
    return set()


def test_every_route_is_in_the_document(daemon: Daemon) -> None:
    document = daemon.ask("GET", "/v1/openapi.json").body
    assert document == json.loads(json.dumps(build_document(ROUTES)))
    operations = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert operations == {(route.method, route.path) for route in ROUTES}


def test_every_reference_leads_somewhere() -> None:
    document = build_document(ROUTES)
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= schemas


def test_only_routes_without_a_token_say_so() -> None:
    document = build_document(ROUTES)
    free = {
        path
        for path, methods in document["paths"].items()
        for entry in methods.values()
        if entry.get("security") == []
    }
    assert free == {"/health", "/v1/pair"}


def test_routes_name_only_codes_that_exist() -> None:
    for route in ROUTES:
        assert set(error_codes(route)) <= set(ERRORS), route.path
