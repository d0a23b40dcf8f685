"""What the daemon and the model's process say to each other.

A frame is two unsigned 32-bit numbers (big endian: length of the header, length of the body), a JSON
header that names its `kind`, and the body (a picture's bytes, or nothing). Both ends check every frame:
the child decodes hostile pictures and might be taken over, so the parent believes it nothing beyond
these types and lengths.
"""

from __future__ import annotations

import struct
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

MAX_HEADER = 256 * 1024
MAX_BODY = 20 * 1024 * 1024

PREFIX = struct.Struct(">II")

Id = Annotated[str, Field(min_length=1, max_length=128)]
Short = Annotated[str, Field(max_length=200)]
Line = Annotated[str, Field(max_length=1000)]
Text = Annotated[str, Field(max_length=1000)]


class ProtocolError(Exception):
    """The other end sent what this protocol does not allow; the connection cannot go on."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Describe(_Message):
    """Parent → child: describe the picture in the body. The context's fields are those of the prompt.

    Several may be under way; `priority` says which comes first.
    """

    kind: Literal["describe"] = "describe"
    id: Id
    context: dict[Short, Annotated[str, Field(max_length=20_000)]] = {}
    language: Short = "en"
    detail: Literal["alt", "long", "text"] = "alt"
    priority: Literal["focused", "visible", "ahead"] = "visible"
    variant: Annotated[int, Field(ge=0)] = 0
    avoid: Annotated[tuple[Text, ...], Field(max_length=64)] = ()


class Prepare(_Message):
    """Parent → child without a model: read the picture in the body and give it back fit to be sent on."""

    kind: Literal["prepare"] = "prepare"
    id: Id


class Cancel(_Message):
    """Parent → child: stop the work with this id."""

    kind: Literal["cancel"] = "cancel"
    id: Id


class Activate(_Message):
    """Parent → child: answer with the adapter in this directory from the next picture on."""

    kind: Literal["activate"] = "activate"
    id: Id
    generation: Short
    adapter: Annotated[str, Field(max_length=4096)]


class Loading(_Message):
    """Child → parent: how far the model is loaded, 0 to 1."""

    kind: Literal["loading"] = "loading"
    progress: Annotated[float, Field(ge=0, le=1)]


class Ready(_Message):
    """Child → parent: the model answers from now on."""

    kind: Literal["ready"] = "ready"
    device: Short
    generation: Short | None


class LoadFailed(_Message):
    """Child → parent, its last words: why the model cannot be loaded, in one actionable sentence."""

    kind: Literal["load_failed"] = "load_failed"
    code: Short
    message: Annotated[str, Field(max_length=500)]


class Progress(_Message):
    """Child → parent: a step of the work began (`decode`, `read`, `encode`), or the text so far."""

    kind: Literal["progress"] = "progress"
    id: Id
    step: Literal["decode", "read", "encode", "token"]
    text: Text = ""


class Described(_Message):
    """Child → parent: the answer. `timings_ms` are milliseconds per step."""

    kind: Literal["described"] = "described"
    id: Id
    state: Literal["done", "no_description"]
    text: Text
    confidence: Literal["high", "low"]
    lines: Annotated[tuple[Line, ...], Field(max_length=100)]
    language: Short
    generation: Short | None
    timings_ms: dict[Short, Annotated[float, Field(ge=0)]]


class Prepared(_Message):
    """Child → parent: what was read. The body is the picture as a JPEG file: pixels, nothing else."""

    kind: Literal["prepared"] = "prepared"
    id: Id
    lines: Annotated[tuple[Line, ...], Field(max_length=100)]
    timings_ms: dict[Short, Annotated[float, Field(ge=0)]]


class Activated(_Message):
    """Child → parent: the new adapter passed its smoke test and serves."""

    kind: Literal["activated"] = "activated"
    id: Id
    generation: Short


class Failed(_Message):
    """Child → parent: the work with this id ended with an error of the vocabulary; `code` only."""

    kind: Literal["failed"] = "failed"
    id: Id
    code: Short


Task = Describe | Prepare | Activate
ToChild = Task | Cancel
Answer = Described | Prepared | Activated
FromChild = Loading | Ready | LoadFailed | Progress | Answer | Failed

_TO_CHILD: TypeAdapter[ToChild] = TypeAdapter(Annotated[ToChild, Field(discriminator="kind")])
_FROM_CHILD: TypeAdapter[FromChild] = TypeAdapter(Annotated[FromChild, Field(discriminator="kind")])


def encode(message: ToChild | FromChild, body: bytes = b"") -> bytes:
    """One frame; raises `ProtocolError` when it would be longer than the other end accepts."""
    header = message.model_dump_json().encode("utf-8", "replace")
    check_lengths(len(header), len(body))
    return PREFIX.pack(len(header), len(body)) + header + body


def check_lengths(header: int, body: int) -> None:
    """Raise `ProtocolError` for lengths that no valid frame has, before any memory is taken for them."""
    if not 0 < header <= MAX_HEADER or body > MAX_BODY:
        raise ProtocolError("a frame's length is out of bounds")


def parse_for_child(header: bytes) -> ToChild:
    """A message of the parent; raises `ProtocolError`."""
    try:
        return _TO_CHILD.validate_json(header)
    except ValidationError:
        raise ProtocolError("the parent's message is not valid") from None


def parse_for_parent(header: bytes) -> FromChild:
    """A message of the child; raises `ProtocolError`."""
    try:
        return _FROM_CHILD.validate_json(header)
    except ValidationError:
        raise ProtocolError("the child's message is not valid") from None
