"""The OpenAI-compatible route."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import openai
import psutil
import pytest

from altd.describe.prompt import Context as PromptContext
from altd.describe.prompt import build_question
from altd.paths import Paths
from altd.server.routes.chat import _context
from daemon_process import Answer, Daemon, picture


def image_part(image: bytes) -> dict[str, Any]:
    uri = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    return {"type": "image_url", "image_url": {"url": uri, "detail": "auto"}}


def chat(daemon: Daemon, *parts: dict[str, Any], **more: Any) -> Answer:
    messages = [{"role": "system", "content": "You are helpful."}, {"role": "user", "content": list(parts)}]
    body = {"model": "bundled", "messages": messages, "max_tokens": 50, **more}
    return daemon.json("POST", "/v1/chat/completions", body)


@contextmanager
def stopped(process: psutil.Process | None) -> Iterator[None]:
    """Let a process stand still."""
    assert process is not None
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def wait_until(condition: Callable[[], bool]) -> None:
    """Ask again and again, for a minute."""
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


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
    daemon.wait_until_ready()
    body = json.dumps({"messages": [{"role": "user", "content": [image_part(picture(52))]}]}).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{daemon.port}\r\n"
        f"Authorization: Bearer {daemon.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    log = Paths.under(daemon.home).log_file
    before = log.read_text().count(": cancelled")
    with stopped(daemon.child()):  # else the answer may be there before the daemon sees that nobody waits
        asked_at = daemon.ask("GET", "/v1/status").body["asked_at"]
        with socket.create_connection(("127.0.0.1", daemon.port)) as connection:
            connection.sendall(head.encode() + body)
            wait_until(lambda: daemon.ask("GET", "/v1/status").body["asked_at"] != asked_at)
        wait_until(lambda: log.read_text().count(": cancelled") == before + 1)
    assert daemon.describe(picture(53))["state"] == "done"


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


@pytest.mark.parametrize("stream", [False, True])
def test_chance_gives_another_text_and_a_temperature_alone_does_not(
    client: openai.OpenAI, stream: bool
) -> None:
    def ask(**options: Any) -> str:
        asked = {"model": "any", "messages": question(picture(57 + stream)), "stream": stream}
        answer = client.chat.completions.create(**asked, **options)
        if not stream:
            return str(answer.choices[0].message.content)
        return "".join(chunk.choices[0].delta.content or "" for chunk in answer)

    first = ask()
    assert ask(temperature=1.0) == ask(seed=3) == ask(temperature=0.0, seed=3) == first
    second, third = ask(temperature=0.7, seed=3), ask(temperature=0.7, seed=4)
    assert len({first, second, third}) == 3


def test_what_openai_has_no_place_for(daemon: Daemon) -> None:
    body = chat(daemon, image_part(picture(54))).body
    direct = daemon.describe(picture(54))
    assert body["altd"] == {name: direct[name] for name in ("state", "confidence", "text_in_image")}
    assert bool(body["choices"][0]["message"]["refusal"]) == (direct["text"] == "")


def test_a_follow_up_repeats_the_image(daemon: Daemon) -> None:
    """So do the conversations of NVDA's AI Content Describer."""
    assert chat(daemon, image_part(picture(55)), image_part(picture(55))).status == 200


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("Our boat", "Our boat"),
        (build_question(PromptContext(text="Our boat"), ["HARBOUR"]), "Our boat"),
        (build_question(PromptContext(), ["HARBOUR"]), ""),
        ("Describe this image succinctly, but in as much detail as possible. If there is text, say it.", ""),
        ("What's in this picture?", ""),
        ("What a day! We painted the boat.", "What a day! We painted the boat."),
    ],
)
def test_what_tools_say_beside_every_image_is_no_post(text: str, context: str) -> None:
    assert _context(text) == context


def test_errors_have_the_form_of_openai(daemon: Daemon) -> None:
    answer = chat(daemon)
    assert answer.body["error"].keys() == {"code", "message", "type", "param"}
    assert answer.body["error"]["type"] == "invalid_request_error"
    refused = daemon.ask("POST", "/v1/chat/completions", headers={"Authorization": "Bearer wrong"})
    assert (refused.status, refused.body["error"]["type"]) == (401, "authentication_error")
    assert daemon.ask("GET", "/v1/nothing").body["error"].keys() == {"code", "message"}


@pytest.fixture
def client(daemon: Daemon) -> Iterator[openai.OpenAI]:
    """The official client."""
    with openai.OpenAI(
        base_url=f"http://127.0.0.1:{daemon.port}/v1", api_key=daemon.token, max_retries=0
    ) as client:
        yield client


def question(image: bytes) -> Any:
    return [{"role": "user", "content": [{"type": "text", "text": "Our boat"}, image_part(image)]}]


def test_the_official_client(client: openai.OpenAI, daemon: Daemon) -> None:
    (model, *_) = client.models.list().data
    direct = daemon.describe(picture(56), {"context": {"text": "Our boat"}})
    whole = client.chat.completions.create(model=model.id, messages=question(picture(56)))
    assert whole.choices[0].message.content == direct["text"]
    stream = client.chat.completions.create(model=model.id, messages=question(picture(56)), stream=True)
    pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
    assert "".join(pieces) == direct["text"]


def test_what_the_official_client_makes_of_errors(client: openai.OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError) as undecodable:
        client.chat.completions.create(model="any", messages=question(b"no image"))
    assert undecodable.value.code == "image_undecodable"
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="any", messages=question(b"no image"), stream=True)
    with pytest.raises(openai.AuthenticationError) as unauthorized:
        client.with_options(api_key="wrong").models.list()
    assert unauthorized.value.code == "unauthorized"
