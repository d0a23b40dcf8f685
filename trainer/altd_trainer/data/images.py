"""Images of examples: decoded under the daemon's limits, and a name for their content."""

import hashlib
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
    return _decoded(example.image, example.id)


def load_rejected_image(example: PreferenceExample) -> Image.Image | None:
    """The other post's picture that the example names, as RGB, or None when it names none.

    Raises:
        UnreadableImageError: when the file is missing or its bytes are no readable image.
    """
    return None if example.rejected_image is None else _decoded(example.rejected_image, example.id)


def image_digest(example: PreferenceExample) -> str:
    """sha256 of the picture: of its encoded bytes, or of size and pixels when it is decoded.

    Raises:
        UnreadableImageError: when the file cannot be read.
    """
    return source_digest(example.image, example.id)


def source_digest(source: ImageSource, example_id: str) -> str:
    """As `image_digest`, of any picture of the example."""
    if isinstance(source, Image.Image):
        shape = f"{source.size} {source.mode}".encode()
        return hashlib.sha256(shape + source.tobytes()).hexdigest()
    return hashlib.sha256(_encoded(source, example_id)).hexdigest()


def _decoded(source: ImageSource, example_id: str) -> Image.Image:
    if isinstance(source, Image.Image):
        return source.convert("RGB")
    try:
        return decode(_encoded(source, example_id))
    except AltdError as error:
        raise UnreadableImageError(f"example {example_id}: {error.message}") from error


def _encoded(source: bytes | Path, example_id: str) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError as error:
        reason = error.strerror or "the file cannot be read"
        raise UnreadableImageError(f"example {example_id}: {source}: {reason}") from error
