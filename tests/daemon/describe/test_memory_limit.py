"""Decoding takes no more memory than it is given, whatever a header asks for."""

from __future__ import annotations

import resource
import sys

import pytest

from altd.describe.images import DECODE_MEMORY, decode, limited_memory
from altd.errors import AltdError
from fuzz.corpus import seeds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits mapped memory")


def test_more_than_the_limit_cannot_be_had_and_afterwards_it_can() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with limited_memory(2**26):
        with pytest.raises(MemoryError):
            bytearray(2**27)
        bytearray(2**24)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    bytearray(2**27)


def test_the_limit_ends_with_an_error_too() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(KeyError), limited_memory():
        raise KeyError
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_a_picture_that_would_take_more_is_too_large() -> None:
    with pytest.raises(AltdError) as caught, limited_memory(2**24):
        decode(seeds()["large-rgba.png"])
    assert caught.value.code == "image_too_large"


LARGE = [name for name in seeds() if name.startswith("large") and "bomb" not in name]


@pytest.mark.parametrize("name", LARGE)
def test_the_largest_pictures_that_are_taken_fit(name: str) -> None:
    with limited_memory(DECODE_MEMORY):
        assert decode(seeds()[name]).mode == "RGB"
