"""Opening pictures that strangers made.

Runs only in the engine's child process: a decoder that crashes or is taken over holds no token and no
database there. Follows Pillow's security handbook: an explicit list of formats, limits before decoding,
warnings about decompression bombs as errors, no metadata kept, and never the decoder's own words.
"""

from __future__ import annotations

import io
import warnings

import numpy as np
from PIL import Image, ImageOps

from altd.errors import AltdError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000

_WITH_ALPHA = frozenset({"RGBA", "LA", "PA", "La", "RGBa"})


def decode(data: bytes) -> Image.Image:
    """Decode one picture, upright, on white where it is transparent; the first frame of an animation.

    Returns:
        an RGB picture without metadata.

    Raises:
        AltdError: `image_too_large` (over 20 MB or 40 megapixels), `image_undecodable`.
    """
    if len(data) > MAX_BYTES:
        raise AltdError("image_too_large")
    try:
        return _decode(data)
    except AltdError as error:
        code = error.code
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        code = "image_too_large"
    except Exception:  # noqa: BLE001 - decoders raise anything, and what they say must not get out
        code = "image_undecodable"
    raise AltdError(code)  # outside the handlers: no traceback chains the decoder's error to ours


def _decode(data: bytes) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise AltdError("image_too_large")
            image.load()
            picture = _to_rgb(_upright(image))
    picture.info = {}
    return picture


def _upright(image: Image.Image) -> Image.Image:
    """Turn the picture as its EXIF says; broken EXIF is no reason to refuse it."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - the parser of hostile metadata raises anything
        return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16-bit grey: Pillow's own conversion clips instead of scaling
        grey = np.asarray(image, dtype=np.int64).clip(0, 0xFFFF) >> 8
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        colour = image.convert("RGBA")
        white = Image.new("RGBA", colour.size, "white")
        return Image.alpha_composite(white, colour).convert("RGB")
    return image.convert("RGB")
