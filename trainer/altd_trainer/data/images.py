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
    if isinstance(example.image, Image.Image):
        return example.image.convert("RGB")
    try:
        return decode(image_bytes(example.image))
    except OSError as error:
        reason = error.strerror or "the file cannot be read"
        raise UnreadableImageError(f"example {example.id}: {example.image}: {reason}") from error
    except AltdError as error:
        raise UnreadableImageError(f"example {example.id}: {error.message}") from error


def image_bytes(image: bytes | Path) -> bytes:
    """The encoded bytes of an image given as bytes or as a file."""
    return image.read_bytes() if isinstance(image, Path) else image


def image_digest(image: ImageSource) -> str:
    """sha256 of the content: of the encoded bytes, or of size and pixels of a decoded picture."""
    if isinstance(image, Image.Image):
        return hashlib.sha256(repr((image.size, image.mode)).encode() + image.tobytes()).hexdigest()
    return hashlib.sha256(image_bytes(image)).hexdigest()
