"""Pictures for tests, drawn here: plain ones, odd ones and hostile ones."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def with_text(lines: Sequence[str], size: tuple[int, int] = (600, 400), font: int = 48) -> Image.Image:
    """Black lines on white, one below the other."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    for index, line in enumerate(lines):
        draw.text((30, 30 + index * font * 1.6), line, fill="black", font=ImageFont.load_default(font))
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The picture's file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def halves(left: str, right: str, size: tuple[int, int] = (40, 20)) -> Image.Image:
    """Left half one colour, right half another."""
    picture = Image.new("RGB", size, left)
    picture.paste(right, (size[0] // 2, 0, *size))
    return picture


def png_header(width: int, height: int, *, data: bytes = b"") -> bytes:
    """A PNG that claims any size and holds `data`, deflated, as its pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(data)) if data else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def grey16(size: tuple[int, int] = (32, 16)) -> Image.Image:
    """A 16-bit grey ramp from black to white."""
    row = np.linspace(0, 65535, size[0]).astype(np.uint16)
    return Image.fromarray(np.tile(row, (size[1], 1)))


def animation() -> bytes:
    """Red, then green, then blue."""
    frames = [Image.new("RGB", (30, 30), colour) for colour in ("red", "lime", "blue")]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)


def turned() -> bytes:
    """Red left and blue right, stored lying on its side with the EXIF note that says so."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to see it upright
    return encoded(halves("red", "blue").rotate(90, expand=True), "JPEG", exif=exif, quality=95)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "one byte": lambda: b"\x00",
    "text": lambda: b"<svg onload=alert(1)>",
    "png of 100 megapixels": lambda: png_header(10_000, 10_000, data=bytes(1000)),
    "png of 2^31 pixels a side": lambda: png_header(2**31 - 1, 2**31 - 1),
    "png of no size": lambda: png_header(0, 0),
    "png without pixels": lambda: png_header(100, 100),
    "png with too few pixels": lambda: png_header(100, 100, data=bytes(500)),
    "truncated jpeg": lambda: encoded(with_text(["cut"]), "JPEG")[:2000],
    "truncated webp": lambda: encoded(with_text(["cut"]), "WEBP")[:500],
    "jpeg header only": lambda: b"\xff\xd8\xff\xe0",
    "gif header only": lambda: b"GIF89a\xff\xff\xff\xff\x00\x00\x00",
    "tiff": lambda: encoded(Image.new("RGB", (10, 10)), "TIFF"),
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "bmp": lambda: encoded(Image.new("RGB", (10, 10)), "BMP"),
}
