"""The OpenAI-compatible route."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from daemon_process import Answer, Daemon, picture


def image_part(image: bytes) -> dict[str, Any]:
    uri = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    return {"type": "image_url", "image_url": {"url": uri, "detail": "auto"}}


def chat(daemon: Daemon, *parts: dict[str, Any], **more: Any) -> Answer:
    messages = [{"role": "system", "content": "You are helpful."}, {"role": "user", "content": list(parts)}]
    body = {"model": "bundled", "messages": messages, "max_tokens": 50, **more}
    return daemon.json("POST", "/v1/chat/completions", body)


def test_an_image_gets_a_description(daemon: Daemon) -> None:
    answer = chat(daemon, {"type": "text", "text": "Our boat"}, image_part(picture(50)))
    assert answer.status == 200
    assert answer.body["object"] == "chat.completion"
    choice = answer.body["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    direct = daemon.describe(picture(50), {"context": {"text": "Our boat"}})
    assert choice["message"]["content"] == direct["text"]


def test_a_stream_ends_as_openai_ends_it(daemon: Daemon) -> None:
    answer = chat(daemon, image_part(picture(51)), stream=True)
    events = [line.removeprefix("data: ") for line in answer.data.decode().split("\n\n") if line]
    assert events[-1] == "[DONE]"
    first, last = json.loads(events[0]), json.loads(events[1])
    assert first["object"] == "chat.completion.chunk"
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert last["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([], "image_missing"),
        ([{"type": "text", "text": "only text"}], "image_missing"),
        ([image_part(b"x"), image_part(b"y")], "image_missing"),
        ([{"type": "image_url", "image_url": {"url": "http://169.254.169.254/"}}], "image_missing"),
        ([{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}], "image_missing"),
        ([{"type": "image_url", "image_url": {"url": "data:image/png;base64,%%%"}}], "image_undecodable"),
        ([{"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}], "image_missing"),
        ([image_part(b"not an image")], "image_undecodable"),
        ([{"type": "audio"}], "invalid_request"),
    ],
)
def test_bad_requests(daemon: Daemon, parts: list[dict[str, Any]], code: str) -> None:
    assert chat(daemon, *parts).code == code


def test_messages_that_are_none(daemon: Daemon) -> None:
    for body in ({}, {"messages": []}, {"messages": "text"}, {"messages": [{"role": "user"}]}):
        assert daemon.json("POST", "/v1/chat/completions", body).code == "invalid_request"
