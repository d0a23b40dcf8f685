"""Opening pictures that strangers made.

Runs only in the engine's child process: a decoder that crashes or is taken over holds no token and no
database there. Follows Pillow's security handbook: an explicit list of formats, limits before decoding,
warnings about decompression bombs as errors, no metadata kept, and never the decoder's own words.
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import AvifImagePlugin, Image, ImageOps

from altd.errors import AltdError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000
DECODE_MEMORY = 2**30
"""Bytes that decoding one picture may take: 40 megapixels with transparency, turned, take 0.7 GiB."""

MAX_KEPT_PIXELS = 4_194_304
"""As many as 2048 × 2048: the most that a model of the catalogue looks at."""

Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # above it Pillow warns, which is an error here
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each one more reserves memory that a small picture never needs

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


def reduced(picture: Image.Image, pixels: int = MAX_KEPT_PIXELS) -> Image.Image:
    """Return a picture of at most so many pixels, of the same shape: many may wait for the model at once."""
    scale = (pixels / (picture.width * picture.height)) ** 0.5
    if scale >= 1:
        return picture
    width, height = max(1, int(picture.width * scale)), max(1, int(picture.height * scale))
    size = (max(1, min(width, pixels // height)), min(height, pixels // width))  # one pixel is the thinnest
    return picture.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)


@contextlib.contextmanager
def limited_memory(extra: int = DECODE_MEMORY) -> Iterator[None]:
    """Let the process map at most `extra` more bytes than it has now; beyond that comes a `MemoryError`.

    A decoder may reserve what a lying header asks for before Pillow has seen the picture's size. The limit
    is the whole process's: enter it one at a time, and know that what other threads allocate meanwhile
    counts as well. Only Linux keeps count of mapped memory in a way that can be limited; elsewhere the
    checks of size must do.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = pages * resource.getpagesize() + extra
    if soft != resource.RLIM_INFINITY and soft < limit:
        limit = soft
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


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
        levels = np.array(image)  # uint16 or int32; in place, since pictures may be large
        np.clip(levels, 0, 0xFFFF, out=levels)
        levels >>= 8
        return Image.fromarray(levels.astype(np.uint8)).convert("RGB")
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        colour = image if image.mode == "RGBA" else image.convert("RGBA")
        white = Image.new("RGB", colour.size, "white")
        white.paste(colour, mask=colour)
        return white
    return image.convert("RGB")
