"""The pictures that the fuzzer starts from, drawn here and kept as files in `corpus/`.

`PYTHONPATH=tests python -m fuzz.corpus` writes them anew; `seeds()` reads them. Files whose names begin with
`large` unpack to much more than they weigh and are mutated seldom.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from daemon.describe.pictures import HOSTILE, animation, encoded, grey16, halves, png_header, turned

DIRECTORY = Path(__file__).with_name("corpus")


@cache
def seeds() -> dict[str, bytes]:
    """Name → file, in a fixed order."""
    return {file.name: file.read_bytes() for file in sorted(DIRECTORY.iterdir())}


def chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_with_text_bomb() -> bytes:
    """A sound PNG whose compressed comment unpacks to 80 MB."""
    whole = encoded(halves("red", "blue"))
    bomb = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(80_000_000), 9))
    return whole[:33] + bomb + whole[33:]


def png_with_profile_bomb() -> bytes:
    """A sound PNG whose colour profile unpacks to 80 MB."""
    whole = encoded(halves("red", "blue"))
    bomb = chunk(b"iCCP", b"p\x00\x00" + zlib.compress(bytes(80_000_000), 9))
    return whole[:33] + bomb + whole[33:]


def webp_of_claimed_size(width: int, height: int) -> bytes:
    """An animated WebP whose canvas is claimed to be of any size up to 16,777,216 pixels a side."""
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    whole = bytearray(encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
    place = whole.index(b"VP8X") + 12
    whole[place : place + 6] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(whole)


def gif_with_frame_beyond_its_screen() -> bytes:
    """A GIF that says 8 x 8 and holds a frame of 30 x 30."""
    whole = bytearray(animation())
    whole[6:10] = struct.pack("<HH", 8, 8)
    return bytes(whole)


def jpeg_of_claimed_size(width: int, height: int) -> bytes:
    """A JPEG whose header lies about its size."""
    whole = bytearray(encoded(halves("red", "blue"), "JPEG"))
    place = whole.index(b"\xff\xc0") + 5
    whole[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(whole)


def polyglot(front: bytes, back: bytes) -> bytes:
    """Two files in one, as used to slip a page past a check for pictures."""
    return front + back


def _noise(size: tuple[int, int] = (24, 24)) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def _commented() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Comment", "hello \u202e there", zip=True)
    return info


def _turned_by(orientation: int, kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(halves("red", "blue"), kind, exif=exif.tobytes())


def _frames(kind: str, **options: Any) -> bytes:
    frames = [Image.new("RGBA", (20, 20), colour) for colour in ("red", "lime", "#0000ff80")]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, **options)


SOUND: dict[str, Callable[[], bytes]] = {
    **{f"rgb.{kind.lower()}": lambda kind=kind: encoded(_noise(), kind) for kind in ("PNG", "GIF", "AVIF")},
    "rgb.jpeg": lambda: encoded(_noise(), "JPEG", quality=80),
    "progressive.jpeg": lambda: encoded(_noise(), "JPEG", progressive=True),
    "grey.jpeg": lambda: encoded(_noise().convert("L"), "JPEG"),
    "cmyk.jpeg": lambda: encoded(_noise().convert("CMYK"), "JPEG"),
    "lossy.webp": lambda: encoded(_noise(), "WEBP"),
    "lossless.webp": lambda: encoded(_noise(), "WEBP", lossless=True),
    "alpha.webp": lambda: encoded(Image.new("RGBA", (20, 20), "#ff000080"), "WEBP"),
    "alpha.png": lambda: encoded(Image.new("RGBA", (20, 20), "#ff000080")),
    "alpha.avif": lambda: encoded(Image.new("RGBA", (20, 20), "#ff000080"), "AVIF"),
    "grey-alpha.png": lambda: encoded(Image.new("LA", (20, 20), (90, 90))),
    "palette.png": lambda: encoded(_noise().convert("P"), transparency=3),
    "one-bit.png": lambda: encoded(_noise().convert("1")),
    "16-bit.png": lambda: encoded(grey16()),
    "commented.png": lambda: encoded(_noise(), pnginfo=_commented()),
    "one-pixel.png": lambda: encoded(Image.new("RGB", (1, 1))),
    "strip.png": lambda: encoded(Image.new("RGB", (4000, 1))),
    "turned.jpeg": turned,
    **{
        f"turned-{turn}.{kind.lower()}": lambda turn=turn, kind=kind: _turned_by(turn, kind)
        for turn, kind in ((5, "PNG"), (7, "WEBP"), (8, "AVIF"), (200, "JPEG"))
    },
    "animated.gif": lambda: _frames("GIF", disposal=2),
    "animated.png": lambda: _frames("PNG"),
    "animated.webp": lambda: _frames("WEBP"),
    "animated.avif": lambda: _frames("AVIF"),
    "page-behind.jpeg": lambda: polyglot(encoded(_noise(), "JPEG"), b"<script>alert(1)</script>"),
    "archive-behind.png": lambda: polyglot(encoded(_noise()), b"PK\x03\x04" + bytes(40)),
    "large-one-bit.png": lambda: encoded(Image.new("1", (6300, 6300)), optimize=True),
    "large-rgba.png": lambda: encoded(Image.new("RGBA", (5000, 5000)), optimize=True),
    "large-16-bit.png": lambda: encoded(Image.new("I;16", (5000, 5000)), optimize=True),
    "large.webp": lambda: encoded(Image.new("RGB", (6300, 6300)), "WEBP", lossless=True),
    "large.avif": lambda: encoded(Image.new("RGB", (5000, 5000)), "AVIF", speed=10),
    "large.gif": lambda: encoded(Image.new("P", (5000, 5000)), "GIF"),
}
"""Pictures as people post them, the odd ones included; `large` ones unpack to 25 megapixels and more."""

LYING: dict[str, Callable[[], bytes]] = {
    **{name.replace(" ", "-").replace("^", ""): make for name, make in HOSTILE.items()},
    "large-text-bomb.png": png_with_text_bomb,
    "large-profile-bomb.png": png_with_profile_bomb,
    "webp-of-268-megapixels": lambda: webp_of_claimed_size(16_383, 16_383),
    "webp-of-16-million-a-side": lambda: webp_of_claimed_size(2**24, 2**24),
    "webp-of-39-megapixels": lambda: webp_of_claimed_size(6_250, 6_250),
    "jpeg-of-65535-a-side": lambda: jpeg_of_claimed_size(65_535, 65_535),
    "jpeg-of-no-height": lambda: jpeg_of_claimed_size(40, 0),
    "jpeg-of-39-megapixels": lambda: jpeg_of_claimed_size(6_250, 6_250),
    "gif-beyond-its-screen": gif_with_frame_beyond_its_screen,
    "png-of-39-megapixels": lambda: png_header(6_250, 6_250, data=bytes(1000)),
    "page-before-a-jpeg": lambda: polyglot(b"<html><body>", encoded(_noise(), "JPEG")),
    "jpeg-named-png": lambda: b"\x89PNG\r\n\x1a\n" + encoded(_noise(), "JPEG"),
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    "icon": lambda: encoded(_noise((16, 16)), "ICO"),
    "pdf": lambda: b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n",
    "zip": lambda: b"PK\x03\x04" + bytes(60),
}
"""What only claims to be a picture, or to be another one."""

READABLE = {"gif-beyond-its-screen", "jpeg-of-39-megapixels", "webp-of-39-megapixels"}
"""Of those, what has a picture in it all the same: a frame, the part that is there, a smaller frame."""

TOO_LARGE = {
    "jpeg-of-65535-a-side",
    "png-of-100-megapixels",
    "png-of-231-pixels-a-side",
    "webp-of-16-million-a-side",
    "webp-of-268-megapixels",
}
"""Of those, what claims more than 40 megapixels, whatever else is wrong with it."""


def expected(name: str) -> str:
    """How the daemon answers a file of the corpus in the end, as `campaign.judge` names it."""
    if name in SOUND or name in READABLE:
        return "200"
    return "413 image_too_large" if name in TOO_LARGE else "422 image_undecodable"


def write() -> None:
    """Write the corpus."""
    DIRECTORY.mkdir(exist_ok=True)
    for name, make in {**SOUND, **LYING}.items():
        (DIRECTORY / name).write_bytes(make())


if __name__ == "__main__":
    write()
