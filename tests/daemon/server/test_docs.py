"""docs/http.md names every route, field and error code there is, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from altd.errors import ERRORS, ErrorSpec
from altd.server.openapi import error_codes
from altd.server.routes import ROUTES
from altd.server.routing import Access, Route

PAGE = (Path(__file__).parents[3] / "docs" / "http.md").read_text(encoding="utf-8")


def rows() -> dict[str, str]:
    """First cell of every table row → the rest."""
    found = re.findall(r"^\| `([^`]+)` \| (.*) \|$", PAGE, flags=re.MULTILINE)
    return dict(found)


def said_over_http() -> dict[str, ErrorSpec]:
    """Codes that routes can answer with, and those that stand before every route."""
    general = {"not_found", "method_not_allowed", "model_loading", "nothing_to_roll_back"}
    codes = general.union(*(error_codes(route) for route in ROUTES))
    return {code: ERRORS[code] for code in codes}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route(route: Route) -> None:
    about = rows()[f"{route.method} {route.path}"]
    assert about.startswith("*local*") == (route.access is Access.LOCAL)
    fields = [schema.model_fields for schema in (route.body, *(route.form or {}).values()) if schema]
    for names in fields:
        for name in names:
            assert f"`{name}`" in PAGE or f'"{name}"' in PAGE, name
    for name in route.query or {}:
        assert f"`{name}`" in about


def test_no_route_that_there_is_not() -> None:
    documented = {first for first in rows() if re.match(r"(GET|PUT|POST|DELETE|PATCH) /", first)}
    assert documented == {f"{route.method} {route.path}" for route in ROUTES}


def test_every_error_code_with_its_status() -> None:
    documented = {first: rest[:3] for first, rest in rows().items() if re.match(r"\d{3} \|", rest)}
    assert documented == {code: str(spec.status) for code, spec in said_over_http().items()}
