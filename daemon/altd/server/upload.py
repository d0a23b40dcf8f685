"""Reading a multipart submission part by part, in memory and under limits."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from altd.errors import AltdError
from altd.server.routing import JSON_LIMIT, parse
from altd.server.schemas import DescriptionBody

IMAGE_LIMIT = 20 * 2**20
BODY_LIMIT = IMAGE_LIMIT + JSON_LIMIT + 64 * 1024
"""Bytes of a whole request: the image, the JSON, and slack for the multipart headers."""


@dataclass(frozen=True, slots=True)
class Submission:
    """An image and what is asked about it."""

    image: bytes
    body: DescriptionBody


async def read_submission(request: web.Request) -> Submission:
    """Read the fields `image` and `request`; the latter may be left out.

    Raises:
        AltdError: `image_missing`, `invalid_request`, `body_too_large`.
    """
    if not request.content_type.startswith("multipart/"):
        raise AltdError("image_missing")
    if (request.content_length or 0) > BODY_LIMIT:
        raise AltdError("body_too_large")
    image, body = b"", DescriptionBody()
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise AltdError("invalid_request", "Send no multipart body inside a multipart body.")
            if part.name == "image":
                image = await _read(part, IMAGE_LIMIT)
            elif part.name == "request":
                body = parse(await _read(part, JSON_LIMIT), DescriptionBody)
            else:
                raise AltdError(
                    "invalid_request", "Send the multipart fields `image` and `request`, no others."
                )
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError):  # aiohttp, on a broken body
        raise AltdError("invalid_request", "Send a well-formed multipart body.") from None
    if not image:
        raise AltdError("image_missing")
    return Submission(image, body)


async def _read(part: BodyPartReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(256 * 1024):
        data += chunk
        if len(data) > limit:
            raise AltdError("body_too_large")
    return bytes(data)
