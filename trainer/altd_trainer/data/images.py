"""Images of examples: decoded under the daemon's limits, and a name for their content."""

import hashlib
from pathlib import Path

from PIL import Image

from altd.describe.images import decode
from altd.errors import AltdError
from altd_trainer.data.preferences import PreferenceExample


class UnreadableImageError(ValueError):
    """An example's image is missing or cannot be decoded; the message names the example."""


def load_image(example: PreferenceExample) -> Image.Image:
    """The example's picture as RGB.

    Raises:
        UnreadableImageError: when the file is missing or its bytes are no readable image.
    """
    if isinstance(example.image, Image.Image):
        return example.image.convert("RGB")
    try:
        return decode(_encoded(example))
    except AltdError as error:
        raise UnreadableImageError(f"example {example.id}: {error.message}") from error


def image_digest(example: PreferenceExample) -> str:
    """sha256 of the picture: of its encoded bytes, or of size and pixels when it is decoded.

    Raises:
        UnreadableImageError: when the file cannot be read.
    """
    if isinstance(example.image, Image.Image):
        shape = f"{example.image.size} {example.image.mode}".encode()
        return hashlib.sha256(shape + example.image.tobytes()).hexdigest()
    return hashlib.sha256(_encoded(example)).hexdigest()


def _encoded(example: PreferenceExample) -> bytes:
    if isinstance(example.image, bytes):
        return example.image
    assert isinstance(example.image, Path)
    try:
        return example.image.read_bytes()
    except OSError as error:
        reason = error.strerror or "the file cannot be read"
        raise UnreadableImageError(f"example {example.id}: {example.image}: {reason}") from error
