"""The OpenAI-compatible route."""

from __future__ import annotations

import base64
import json
import socket
import time
from typing import Any

import pytest

from altd.paths import Paths
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


def test_who_hangs_up_frees_the_model(daemon: Daemon) -> None:
    body = json.dumps(
        {"messages": [{"role": "user", "content": [image_part(picture(52, (2000, 1500)))]}]}
    ).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{daemon.port}\r\n"
        f"Authorization: Bearer {daemon.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    log = Paths.under(daemon.home).log_file
    before = log.read_text().count(": cancelled")
    ahead = daemon.submit(picture(53, (2000, 1500))).body["id"]
    with socket.create_connection(("127.0.0.1", daemon.port)) as connection:
        connection.sendall(head.encode() + body)
        time.sleep(0.3)
    until = time.monotonic() + 60
    while log.read_text().count(": cancelled") == before:
        assert time.monotonic() < until
        time.sleep(0.05)
    daemon.ask("DELETE", f"/v1/descriptions/{ahead}")


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
