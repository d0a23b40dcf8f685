"""`POST /v1/chat/completions`: the part of OpenAI's interface that other assistive tools need.

One image as a data URI. Text parts of the user's messages are taken as the image's context (the post
it stands in); they are data, so instructions in them have no effect, and system messages are ignored. What
tools put beside every image (“Describe this image …”) is no post and is left out.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import re
import time
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from altd.describe.job import DescriptionRequest, Job
from altd.describe.prompt import INSTRUCTION, Context
from altd.errors import AltdError
from altd.server.failures import openai_payload
from altd.server.routes.descriptions import ENGINE_ERRORS
from altd.server.routing import DISK_ERRORS, Route, answer, read_body
from altd.server.schemas import TEXT_LIMIT
from altd.server.state import state_of
from altd.server.upload import BODY_LIMIT, IMAGE_LIMIT

_LOOK_EVERY_S = 0.5
_STATUS_UNTIL_S = 2.0  # failures until then keep their status; later ones come inside the stream
_SIGN_OF_LIFE_S = 5.0
_PROMPT = re.compile(
    r"\b(?:describe|description|caption|explain|what(?:'s| is| do you see| can you see))\b.{0,120}"
    r"\b(?:image|picture|photo\w*|screenshot|screen|object)\b",
    re.IGNORECASE | re.DOTALL,
)
_OWN_CONTEXT = re.compile(
    rf"{re.escape(INSTRUCTION)}\nContext:\n(.*?)(?:\nText in the image:\n.*)?", re.DOTALL
)
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
    temperature: float | None = Field(None, description="above 0 with a `seed`: another text")
    seed: int | None = Field(None, description="beside a `temperature`: another text")

    @property
    def wants_another(self) -> bool:
        """Whether chance is asked for, and not by a tool that only sends its usual temperature."""
        return bool(self.temperature) and self.seed is not None


class ChatMessage(_Lenient):
    """The answer."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: str | None = Field(None, description="why there is no text")


class Choice(_Lenient):
    """The only choice."""

    index: int = 0
    message: ChatMessage
    finish_reason: Literal["stop"] = "stop"


class Beyond(_Lenient):
    """What OpenAI's interface has no place for."""

    state: Literal["done", "no_description"]
    confidence: Literal["high", "low"]
    text_in_image: str


class ChatCompletion(_Lenient):
    """A chat completion."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    altd: Beyond


async def complete(request: web.Request) -> web.StreamResponse:
    """Describe the image of a chat request."""
    body = await read_body(request, ChatBody, limit=_BASE64_LIMIT)
    image, context = _question(body)
    asked = DescriptionRequest(context=context, priority="focused")
    desk = state_of(request).desk
    job = desk.submit(image, asked, "").job
    if body.wants_another:  # a cached first answer, as a rule
        await _finish(request, job)
        job = (await desk.submit_alternative(job.id)).job
    if body.stream:
        return await _stream(request, job)
    await _finish(request, job)
    return answer(_completion(job))


async def _finish(request: web.Request, job: Job) -> None:
    while not await _wait(request, job, _SIGN_OF_LIFE_S):
        pass


async def _wait(request: web.Request, job: Job, seconds: float) -> bool:
    """Wait for a job, which ends when the client has hung up; return whether it is finished."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if await job.wait(_LOOK_EVERY_S):
            return True
        if request.transport is None or request.transport.is_closing():
            state_of(request).desk.cancel(job.id)
            raise AltdError("cancelled")
    return False


def _question(body: ChatBody) -> tuple[bytes, Context]:
    parts = [part for message in body.messages if message.role == "user" for part in _parts(message)]
    uris = {part.image_url.url for part in parts if isinstance(part, ImagePart)}
    if len(uris) != 1:  # the same one twice is fine: follow-up questions repeat it
        raise AltdError("image_missing", "Send exactly one image, as an `image_url` part with a data URI.")
    texts = (_context(part.text) for part in parts if isinstance(part, TextPart))
    return _decode(uris.pop()), Context(text="\n".join(filter(None, texts))[:TEXT_LIMIT])


def _context(text: str) -> str:
    """The post in a text part: the context of altd's own prompt, nothing of a tool's, else all of it."""
    own = _OWN_CONTEXT.fullmatch(text)
    if own is not None:
        return own[1]
    return "" if _PROMPT.search(text) else text


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
    result = job.result
    if result is None:
        raise AltdError("cancelled")
    refusal = None if result.text else "The model does not know this image, and no text was read in it."
    return ChatCompletion(
        id=job.id,
        created=int(time.time()),
        model=result.model,
        choices=[Choice(message=ChatMessage(content=result.text, refusal=refusal))],
        altd=Beyond(state=result.state, confidence=result.confidence, text_in_image=result.text_in_image),
    )


async def _stream(request: web.Request, job: Job) -> web.StreamResponse:
    """The text as one piece: it is only known to be fit to show when it is whole.

    Until then a comment now and then keeps the connection, and those who wait at its other end, alive.
    """
    quick = _completion(job) if await _wait(request, job, _STATUS_UNTIL_S) else None
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    try:
        while quick is None and not await _wait(request, job, _SIGN_OF_LIFE_S):
            await response.write(b": working\n\n")
        events = _chunks(quick or _completion(job))
    except AltdError as error:
        events = [json.dumps(openai_payload(error))]
    except ConnectionError:
        state_of(request).desk.cancel(job.id)
        return response
    with contextlib.suppress(ConnectionError):  # who has left by now misses nothing that is not kept
        for event in (*events, "[DONE]"):
            await response.write(f"data: {event}\n\n".encode())
    return response


def _chunks(completion: ChatCompletion) -> list[str]:
    head = {"id": completion.id, "created": completion.created, "model": completion.model}
    head["object"] = "chat.completion.chunk"
    message = completion.choices[0].message.model_dump(exclude_none=True)
    last = {**head, "choices": [_delta({}, "stop")], "altd": completion.altd.model_dump()}
    return [
        json.dumps(chunk, ensure_ascii=False)
        for chunk in ({**head, "choices": [_delta(message, None)]}, last)
    ]


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
            "queue_full",
            "unknown_description",
            *DISK_ERRORS,
            *ENGINE_ERRORS,
        ),
    ),
)
