"""Images of examples: decoded under the daemon's limits, and a name for their content."""

import hashlib
from io import BytesIO
from pathlib import Path

from PIL import Image

from altd.describe.images import decode
from altd.errors import AltdError
from altd_trainer.data.preferences import ImageSource, PreferenceExample


class UnreadableImageError(ValueError):
    """An example's image is missing or cannot be decoded; the message names the example."""


def load_image(example: PreferenceExample) -> Image.Image:
    """The example's picture as RGB.

    Raises:
        UnreadableImageError: when the file is missing or its bytes are no readable image.
    """
    return _decoded(example.image, example.label)


def load_rejected_image(example: PreferenceExample) -> Image.Image | None:
    """The other post's picture that the example names, as RGB, or None when it names none.

    Raises:
        UnreadableImageError: when the file is missing or its bytes are no readable image.
    """
    return None if example.rejected_image is None else _decoded(example.rejected_image, example.label)


def image_digest(example: PreferenceExample) -> str:
    """sha256 of the picture: of its encoded bytes, or of size and pixels when it is decoded.

    Raises:
        UnreadableImageError: when the file cannot be read.
    """
    return source_digest(example.image, example.label)


def source_digest(source: ImageSource, label: str) -> str:
    """As `image_digest`, of any picture of the example."""
    if isinstance(source, Image.Image):
        shape = f"{source.size} {source.mode}".encode()
        return hashlib.sha256(shape + source.tobytes()).hexdigest()
    return hashlib.sha256(encoded(source, label)).hexdigest()


def png(image: Image.Image) -> bytes:
    """A decoded picture as a file."""
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def encoded(source: bytes | Path, label: str) -> bytes:
    """The bytes of a picture as they stand in its file.

    Raises:
        UnreadableImageError: when the file cannot be read; `label` says whose it is.
    """
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError as error:
        reason = error.strerror or "the file cannot be read"
        raise UnreadableImageError(f"{label}: {source}: {reason}") from error


def _decoded(source: ImageSource, label: str) -> Image.Image:
    if isinstance(source, Image.Image):
        return source.convert("RGB")
    try:
        return decode(encoded(source, label))
    except AltdError as error:
        file = f" {source}:" if isinstance(source, Path) else ""
        raise UnreadableImageError(f"{label}:{file} {error.message}") from error
