"""Bytes nobody thought of: whatever they are, decoding them gives a picture or one of two codes."""

from __future__ import annotations

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from altd.describe.images import MAX_PIXELS, decode
from altd.errors import ERRORS, AltdError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
CODES = {"image_undecodable", "image_too_large"}


def seed(kind: str) -> bytes:
    picture = Image.linear_gradient("L").resize((48, 32)).convert("RGB")
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 8
    picture.save(file, kind, **({} if kind == "GIF" else {"exif": exif.tobytes()}))
    return file.getvalue()


SEEDS = {kind: seed(kind) for kind in FORMATS}


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real file with bytes overwritten, doubled, cut out, or its end gone."""
    data = bytearray(SEEDS[draw(st.sampled_from(FORMATS))])
    for _ in range(draw(st.integers(1, 6))):
        if not data:
            break
        # Headers decide most: half of the changes fall into the first 64 bytes.
        place = draw(st.integers(0, min(63, len(data) - 1)) | st.integers(0, len(data) - 1))
        match draw(st.sampled_from(["byte", "bytes", "double", "cut", "end"])):
            case "byte":
                data[place] = draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]) | st.integers(0, 255))
            case "bytes":
                data[place : place + 4] = draw(st.binary(min_size=4, max_size=4))
            case "double":
                data[place:place] = data[place : place + draw(st.integers(1, 64))]
            case "cut":
                del data[place : place + draw(st.integers(1, 64))]
            case "end":
                del data[place:]
    return bytes(data)


def assert_picture_or_code(data: bytes) -> None:
    error = None
    try:
        picture = decode(data)
    except AltdError as caught:
        error = caught
    if error is None:
        assert picture.mode == "RGB"
        assert 0 < picture.width * picture.height <= MAX_PIXELS
    else:
        assert error.code in CODES
        assert error.message == ERRORS[error.code].message
        assert error.__context__ is None


@settings(max_examples=600, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_mutated_files(data: bytes) -> None:
    assert_picture_or_code(data)


@settings(max_examples=150, deadline=5000)
@given(st.sampled_from(FORMATS), st.binary(max_size=300))
def test_random_bytes_after_a_real_beginning(kind: str, tail: bytes) -> None:
    for length in (4, 12, 32):
        assert_picture_or_code(SEEDS[kind][:length] + tail)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_truncation(kind: str) -> None:
    data = SEEDS[kind]
    for length in range(0, len(data), max(1, len(data) // 100)):
        assert_picture_or_code(data[:length])
