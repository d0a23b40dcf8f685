"""Frames and messages: what is valid comes through unchanged, what is not is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altd.engine.protocol import (
    MAX_BODY,
    MAX_HEADER,
    PREFIX,
    Cancel,
    Describe,
    Described,
    ProtocolError,
    check_lengths,
    encode,
    parse_for_child,
    parse_for_parent,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=100)


@given(context=st.dictionaries(texts, texts, max_size=5), avoid=st.lists(texts, max_size=5), body=st.binary())
def test_a_request_comes_through_unchanged(context: dict[str, str], avoid: list[str], body: bytes) -> None:
    message = Describe(id="x", context=context, avoid=tuple(avoid), detail="long", variant=3)
    frame = encode(message, body)
    header_length, body_length = PREFIX.unpack(frame[: PREFIX.size])
    header = frame[PREFIX.size : PREFIX.size + header_length]
    assert parse_for_child(header) == message
    assert frame[PREFIX.size + header_length :] == body
    assert body_length == len(body)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"kind": "run_code"}',
        b'{"kind": "cancel"}',
        b'{"kind": "cancel", "id": ""}',
        b'{"kind": "cancel", "id": "x", "more": 1}',
        b'{"kind": "ready", "device": "cpu", "generation": null}',
    ],
)
def test_the_child_refuses_what_is_not_a_request(header: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_for_child(header)


def test_the_parent_believes_no_overlong_text() -> None:
    answer = Described(
        id="x",
        state="done",
        text="t",
        confidence="low",
        lines=(),
        language="en",
        generation=None,
        timings_ms={"read": 1.0},
    )
    assert parse_for_parent(answer.model_dump_json().encode()) == answer
    overlong = answer.model_dump_json().replace('"text":"t"', f'"text":"{"t" * 2000}"')
    with pytest.raises(ProtocolError):
        parse_for_parent(overlong.encode())


@given(st.binary(max_size=200))
def test_random_bytes_are_only_ever_refused(header: bytes) -> None:
    for parse in (parse_for_child, parse_for_parent):
        with pytest.raises(ProtocolError):
            parse(header)


@pytest.mark.parametrize(("header", "body"), [(0, 0), (MAX_HEADER + 1, 0), (10, MAX_BODY + 1)])
def test_lengths_out_of_bounds_are_refused(header: int, body: int) -> None:
    with pytest.raises(ProtocolError):
        check_lengths(header, body)


def test_an_overlong_frame_is_not_written() -> None:
    with pytest.raises(ProtocolError):
        encode(Cancel(id="x"), b"0" * (MAX_BODY + 1))
