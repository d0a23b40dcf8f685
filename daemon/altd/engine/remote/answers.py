"""Reading what an OpenAI-compatible server answers: a stream of chunks or one JSON body, believed nothing.

Servers differ in what they leave out: some send no `[DONE]`, some ignore `stream`, some name
log-probabilities differently. What is not understood is skipped; what cannot be an answer is `GarbledError`.
"""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse
from pydantic import BaseModel, ConfigDict, ValidationError

MAX_BYTES = 2**20
"""Of one answer: a description has a thousand characters; a token with its log-probability has 300 bytes."""


class GarbledError(Exception):
    """The server's answer is not one of a chat completion, or it broke off."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the answer; `logps`: its tokens' natural log-probabilities, where the server gives them."""

    text: str = ""
    logps: tuple[float, ...] = ()
    ended: bool = False


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Message(_Lenient):
    content: str | None = None


class _Choice(_Lenient):
    delta: _Message | None = None
    message: _Message | None = None
    logprobs: Any = None
    finish_reason: str | None = None


class _Answer(_Lenient):
    choices: list[_Choice] = []
    error: Any = None


class _Model(_Lenient):
    id: str


class _Models(_Lenient):
    data: list[_Model]


async def model_names(response: ClientResponse) -> frozenset[str]:
    """The models that a server lists; none where it lists them in another way, or not at all.

    Raises:
        aiohttp.ClientError: the connection broke.
    """
    try:
        body = b"".join([chunk async for chunk in _limited(response)])
        return frozenset(model.id for model in _Models.model_validate_json(body).data)
    except (GarbledError, ValidationError):
        return frozenset()


async def pieces_of(response: ClientResponse) -> AsyncIterator[Piece]:
    """The answer as it comes.

    Raises:
        GarbledError: it is too long, not JSON, an error, or ended before its end was announced.
    """
    if response.content_type != "text/event-stream":
        yield _piece(b"".join([chunk async for chunk in _limited(response)]), whole=True)
        return
    async for data in _events(response):
        if data == b"[DONE]":
            return
        piece = _piece(data)
        yield piece
        if piece.ended:
            return
    raise GarbledError("the stream broke off")


async def _events(response: ClientResponse) -> AsyncIterator[bytes]:
    """The data of server-sent events; comments and names of events are skipped."""
    rest = b""
    async for chunk in _limited(response):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").strip()


async def _limited(response: ClientResponse) -> AsyncIterator[bytes]:
    total = 0
    async for chunk in response.content.iter_any():
        total += len(chunk)
        if total > MAX_BYTES:
            raise GarbledError("the answer is too long")
        yield chunk


def _piece(data: bytes, *, whole: bool = False) -> Piece:
    try:
        answer = _Answer.model_validate(json.loads(data))
    except (ValidationError, ValueError, RecursionError):
        raise GarbledError("not a chat completion") from None
    if answer.error is not None or (whole and not answer.choices):
        raise GarbledError("an error inside the answer")
    if not answer.choices:  # some servers end a stream with a chunk that only counts tokens
        return Piece()
    choice = answer.choices[0]
    message = choice.message if whole else choice.delta
    text = (message.content or "") if message else ""
    return Piece(text, _logps(choice.logprobs), ended=whole or choice.finish_reason is not None)


def _logps(logprobs: Any) -> tuple[float, ...]:
    """`logprobs.content[].logprob`; nothing when a server has another form."""
    try:
        values = tuple(float(token["logprob"]) for token in logprobs["content"])
    except (TypeError, KeyError, ValueError):
        return ()
    return values if all(math.isfinite(value) and value <= 0 for value in values) else ()
