"""Native messages as they lie in the pipe."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altd.errors import AltdError
from altd.pairing.framing import MAX_BYTES, read_message, write_message

JSON = st.recursive(
    st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(JSON, max_size=3))
def test_what_is_written_is_read(values: list[object]) -> None:
    pipe = BytesIO()
    for value in values:
        write_message(pipe, value)
    pipe.seek(0)
    assert [read_message(pipe) for _ in values] == values
    assert read_message(pipe) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x01\x00",
        struct.pack("=I", 5) + b"{}",
        struct.pack("=I", 2) + b"\xff\xff",
        struct.pack("=I", 4) + b"null",
        struct.pack("=I", 0),
        struct.pack("=I", 2**32 - 1) + b"{}",
        struct.pack("=I", MAX_BYTES + 1) + b'"' + b" " * MAX_BYTES,
        struct.pack("=I", 60000) + b"[" * 60000,
    ],
    ids=["half a length", "cut off", "not text", "null", "nothing", "4 GB", "too long", "nested"],
)
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(AltdError) as caught:
        read_message(BytesIO(data))
    assert caught.value.code == "message_invalid"
