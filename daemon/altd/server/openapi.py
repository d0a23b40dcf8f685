"""Building the OpenAPI document from the route table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from altd import __version__
from altd.errors import ERRORS
from altd.server.routing import Access, Route
from altd.server.schemas import Error

DOCUMENT = web.AppKey("openapi", dict[str, Any])

_ALWAYS = ("host_forbidden", "origin_forbidden", "internal")
_REF = "#/components/schemas/{model}"


def build_document(routes: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of these routes."""
    _, definitions = models_json_schema(
        [(model, "validation") for model in _schemas(routes)], ref_template=_REF
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "altd", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.about,
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {**_answers(route), **_failures(route)},
    }
    if route.access in (Access.OPEN, Access.CODE):
        operation["security"] = []
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": _content(route.body)}}
    if route.form is not None:
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": _form(route.form)}}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", route.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "query", "description": parameter.about, "schema": parameter.schema}
        for name, parameter in (route.query or {}).items()
    ]


def _answers(route: Route) -> dict[str, Any]:
    return {
        str(status): {
            "description": route.about,
            **({"content": {"application/json": _content(model)}} if model else {}),
        }
        for status, model in route.answers.items()
    }


def _failures(route: Route) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for code in error_codes(route):
        by_status.setdefault(ERRORS[code].status, []).append(code)
    return {
        str(status): {"description": ", ".join(codes), "content": {"application/json": _content(Error)}}
        for status, codes in sorted(by_status.items())
    }


def error_codes(route: Route) -> list[str]:
    """Return every code that a route can answer with."""
    codes = [*_ALWAYS, *route.errors]
    if route.access in (Access.TOKEN, Access.LOCAL):
        codes.append("unauthorized")
    if route.access is Access.LOCAL:
        codes.append("local_only")
    if route.body or route.form:
        codes.append("body_too_large")
    return list(dict.fromkeys(codes))


def _form(form: dict[str, type[BaseModel] | None]) -> dict[str, Any]:
    properties = {
        name: {"$ref": _ref(model)} if model else {"type": "string", "format": "binary"}
        for name, model in form.items()
    }
    schema = {
        "type": "object",
        "properties": properties,
        "required": ["image"],
        "additionalProperties": False,
    }
    return {"schema": schema}


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": _ref(model)}}


def _ref(model: type[BaseModel]) -> str:
    return _REF.format(model=model.__name__)


def _schemas(routes: Iterable[Route]) -> list[type[BaseModel]]:
    models: list[type[BaseModel] | None] = [Error]
    for route in routes:
        models += [route.body, *route.answers.values(), *(route.form or {}).values()]
    return list({model: None for model in models if model is not None})
