"""Decoding: what stands in a picture comes out upright and opaque; hostile bytes come out as a code."""

from __future__ import annotations

import pytest
from PIL import Image

from altd.describe.images import MAX_BYTES, MAX_KEPT_PIXELS, MAX_PIXELS, decode, reduced
from altd.errors import ERRORS, AltdError
from daemon.describe.pictures import (
    HOSTILE,
    animation,
    encoded,
    grey16,
    halves,
    png_header,
    turned,
    with_text,
)


def near(pixel: object, colour: tuple[int, int, int], tolerance: int = 30) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(got - want) <= tolerance for got, want in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_the_formats_of_the_web(kind: str) -> None:
    picture = decode(encoded(halves("red", "blue"), kind))
    assert (picture.mode, picture.size) == ("RGB", (40, 20))
    assert near(picture.getpixel((5, 10)), (255, 0, 0))
    assert near(picture.getpixel((35, 10)), (0, 0, 255))


def test_exif_rotation_is_applied_and_metadata_dropped() -> None:
    picture = decode(turned())
    assert picture.size == (40, 20)
    assert near(picture.getpixel((5, 10)), (255, 0, 0))
    assert picture.info == {}
    assert not picture.getexif()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_pixels_are_white(mode: str) -> None:
    picture = Image.new("RGBA", (20, 20), (0, 0, 0, 0)).convert(mode)
    options = {"transparency": picture.getpixel((0, 0))} if mode == "P" else {}
    assert decode(encoded(picture, **options)).getpixel((10, 10)) == (255, 255, 255)


def test_a_palette_without_transparency_keeps_its_colours() -> None:
    picture = decode(encoded(halves("red", "blue").convert("P", palette=Image.Palette.ADAPTIVE)))
    assert near(picture.getpixel((5, 10)), (255, 0, 0))


def test_cmyk_is_converted() -> None:
    picture = decode(encoded(halves("red", "white").convert("CMYK"), "JPEG", quality=95))
    assert near(picture.getpixel((5, 10)), (255, 0, 0), 40)
    assert near(picture.getpixel((35, 10)), (255, 255, 255), 40)


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    picture = decode(encoded(grey16()))
    assert near(picture.getpixel((0, 0)), (0, 0, 0))
    assert near(picture.getpixel((16, 8)), (128, 128, 128), 8)
    assert near(picture.getpixel((31, 8)), (255, 255, 255))


@pytest.mark.parametrize("mode", ["1", "L"])
def test_grey_pictures(mode: str) -> None:
    assert decode(encoded(Image.new(mode, (9, 9), 1))).mode == "RGB"


def test_the_first_frame_of_an_animation() -> None:
    assert near(decode(animation()).getpixel((5, 5)), (255, 0, 0))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_give_a_code_and_nothing_else(name: str) -> None:
    with pytest.raises(AltdError) as caught:
        decode(HOSTILE[name]())
    assert caught.value.code in {"image_undecodable", "image_too_large"}
    assert caught.value.message == ERRORS[caught.value.code].message
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(("width", "height"), [(10_000, 10_000), (MAX_PIXELS + 1, 1), (6_325, 6_325)])
def test_the_size_is_judged_before_pixels_are_decoded(width: int, height: int) -> None:
    with pytest.raises(AltdError) as caught:
        decode(png_header(width, height, data=bytes(100)))
    assert caught.value.code == "image_too_large"


def test_too_many_bytes() -> None:
    with pytest.raises(AltdError) as caught:
        decode(bytes(MAX_BYTES + 1))
    assert caught.value.code == "image_too_large"


def test_broken_exif_is_no_reason_to_refuse() -> None:
    data = bytearray(turned())
    place = data.index(b"Exif\x00\x00") + 6
    data[place + 4 : place + 8] = b"\xff\xff\xff\x7f"  # the offset of the first directory
    assert decode(bytes(data)).mode == "RGB"


def test_a_picture_of_one_pixel_row() -> None:
    assert decode(encoded(Image.new("RGB", (3000, 1)))).size == (3000, 1)


def test_a_large_picture_within_the_limits() -> None:
    assert decode(encoded(with_text(["big"], (3000, 2000)))).size == (3000, 2000)


@pytest.mark.parametrize("size", [(5000, 4000), (20_000, 1000), (1, 8_000_000), (3000, 3000)])
def test_a_large_picture_is_kept_small_and_in_shape(size: tuple[int, int]) -> None:
    kept = reduced(Image.new("RGB", size, "red"))
    assert 0.9 * MAX_KEPT_PIXELS <= kept.width * kept.height <= MAX_KEPT_PIXELS or 1 in kept.size
    assert kept.width * kept.height <= MAX_KEPT_PIXELS
    assert kept.getpixel((0, 0)) == (255, 0, 0)


def test_a_picture_of_common_size_is_kept_as_it_is() -> None:
    picture = Image.new("RGB", (2048, 2048))
    assert reduced(picture) is picture
