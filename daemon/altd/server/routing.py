"""How a route is written down: once, for the router, the access check and the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from altd.errors import AltdError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Body = TypeVar("Body", bound=BaseModel)

JSON_LIMIT = 256 * 1024

DISK_ERRORS = ("disk_full", "disk_not_writable")
"""What a route that keeps something may answer."""


class Access(Enum):
    """What a request must carry; a token unless a route says otherwise."""

    TOKEN = "a token"  # noqa: S105 - a name, no secret
    LOCAL = "the command line's token"
    CODE = "a one-time code in its body"
    OPEN = "nothing"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a query parameter means, and its JSON schema."""

    about: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one address.

    Attributes:
        answers: status → schema of the body; None for a body that is not JSON.
        body: schema of a JSON body.
        form: schemas of the fields of a multipart body; None for raw bytes.
        query: query parameters by name.
        errors: codes beyond those that every route can answer with.
    """

    method: str
    path: str
    handler: Handler
    about: str
    answers: dict[int, type[BaseModel] | None]
    access: Access = Access.TOKEN
    body: type[BaseModel] | None = None
    form: dict[str, type[BaseModel] | None] | None = None
    query: dict[str, Parameter] | None = None
    errors: tuple[str, ...] = ()


def answer(body: BaseModel, status: int = 200) -> web.Response:
    """Return a schema as a JSON response."""
    return web.Response(status=status, text=body.model_dump_json(), content_type="application/json")


async def read_body(request: web.Request, schema: type[Body], limit: int = JSON_LIMIT) -> Body:
    """Read a JSON body.

    Raises:
        AltdError: `invalid_request`, naming the field; `body_too_large`.
    """
    data = bytearray()
    async for chunk in request.content.iter_any():
        data += chunk
        if len(data) > limit:
            raise AltdError("body_too_large", f"Send at most {limit // 1024} KB of JSON.")
    return parse(bytes(data), schema)


def parse(data: bytes, schema: type[Body]) -> Body:
    """Check JSON against a schema.

    Raises:
        AltdError: `invalid_request`, naming the field but repeating nothing that was sent.
    """
    try:
        return schema.model_validate(json.loads(data))
    except ValidationError as error:
        raise AltdError("invalid_request", _first_fault(error)) from None
    except (ValueError, RecursionError):
        raise AltdError("invalid_request", "Send the request as valid JSON in UTF-8.") from None


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if fault["type"] == "extra_forbidden":
        return "Leave out fields that the schema does not have; see /v1/openapi.json."
    place = ".".join(str(part) for part in fault["loc"]) or "the body"
    return f"Correct `{place}`: {fault['msg'][0].lower()}{fault['msg'][1:]}."
