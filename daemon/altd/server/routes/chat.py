"""`POST /v1/chat/completions`: the part of OpenAI's interface that other assistive tools need.

One image as a data URI. Text parts of the user's messages are taken as the image's context (the post
it stands in); they are data, so instructions in them have no effect, and system messages are ignored.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from altd.describe.job import DescriptionRequest, Job
from altd.describe.prompt import Context
from altd.errors import AltdError
from altd.server.routing import Route, answer, read_body
from altd.server.schemas import TEXT_LIMIT
from altd.server.state import state_of
from altd.server.upload import BODY_LIMIT, IMAGE_LIMIT

_LOOK_EVERY_S = 0.5
_BASE64_LIMIT = BODY_LIMIT * 4 // 3


class _Lenient(BaseModel):
    """OpenAI clients send many options; those without a meaning here are accepted and ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ImageUrl(_Lenient):
    """Where the image is: in the URI itself."""

    url: str


class TextPart(_Lenient):
    """Text beside the image."""

    type: Literal["text"]
    text: str


class ImagePart(_Lenient):
    """The image."""

    type: Literal["image_url"]
    image_url: ImageUrl


class Message(_Lenient):
    """One message."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[Annotated[TextPart | ImagePart, Field(discriminator="type")]]


class ChatBody(_Lenient):
    """The part of a chat completion request that is looked at."""

    messages: list[Message] = Field(min_length=1)
    stream: bool = False


class ChatMessage(_Lenient):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str


class Choice(_Lenient):
    """The only choice."""

    index: int = 0
    message: ChatMessage
    finish_reason: Literal["stop"] = "stop"


class ChatCompletion(_Lenient):
    """A chat completion."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]


async def complete(request: web.Request) -> web.StreamResponse:
    """Describe the image of a chat request."""
    body = await read_body(request, ChatBody, limit=_BASE64_LIMIT)
    image, context = _question(body)
    desk = state_of(request).desk
    job = desk.submit(image, DescriptionRequest(context=context, priority="focused"), "").job
    while not await job.wait(_LOOK_EVERY_S):
        if request.transport is None or request.transport.is_closing():
            desk.cancel(job.id)
            raise AltdError("cancelled")
    completion = _completion(job)
    return await _stream(request, completion) if body.stream else answer(completion)


def _question(body: ChatBody) -> tuple[bytes, Context]:
    parts = [part for message in body.messages if message.role == "user" for part in _parts(message)]
    images = [part for part in parts if isinstance(part, ImagePart)]
    if len(images) != 1:
        raise AltdError("image_missing", "Send exactly one image, as an `image_url` part with a data URI.")
    text = "\n".join(part.text for part in parts if isinstance(part, TextPart))
    return _decode(images[0].image_url.url), Context(text=text[:TEXT_LIMIT])


def _parts(message: Message) -> list[TextPart | ImagePart]:
    if isinstance(message.content, str):
        return [TextPart(type="text", text=message.content)]
    return message.content


def _decode(uri: str) -> bytes:
    head, comma, data = uri.partition(",")
    if not (comma and head.startswith("data:") and head.endswith(";base64")):
        raise AltdError("image_missing", "Send the image as a data URI in base64; addresses are not fetched.")
    try:
        image = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise AltdError("image_undecodable") from None
    if len(image) > IMAGE_LIMIT:
        raise AltdError("image_too_large")
    return image


def _completion(job: Job) -> ChatCompletion:
    if job.error is not None:
        raise job.error
    if job.result is None:
        raise AltdError("cancelled")
    message = ChatMessage(content=job.result.text)
    return ChatCompletion(
        id=job.id, created=int(time.time()), model=job.result.model, choices=[Choice(message=message)]
    )


async def _stream(request: web.Request, completion: ChatCompletion) -> web.StreamResponse:
    """The text as one piece: it is only known to be fit to show when it is whole."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    head = {"id": completion.id, "created": completion.created, "model": completion.model}
    delta = {"role": "assistant", "content": completion.choices[0].message.content}
    for choice in (_delta(delta, None), _delta({}, "stop")):
        chunk = {**head, "object": "chat.completion.chunk", "choices": [choice]}
        await response.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())
    await response.write(b"data: [DONE]\n\n")
    return response


def _delta(delta: dict[str, str], finish_reason: str | None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": finish_reason}


ROUTES = (
    Route(
        "POST",
        "/v1/chat/completions",
        complete,
        "Describe one image through the interface of OpenAI's chat completions.",
        {200: ChatCompletion},
        body=ChatBody,
        errors=(
            "invalid_request",
            "image_missing",
            "image_undecodable",
            "image_too_large",
            "body_too_large",
            "queue_full",
            "engine_failed",
            "gpu_out_of_memory",
            "cancelled",
        ),
    ),
)
