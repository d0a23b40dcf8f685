"""Asking a remote server, with a small real one that behaves well or badly."""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from altd.engine.remote.client import MAX_TEXT, Question, RemoteClient, Said
from altd.errors import AltdError
from daemon.engine.remote.odd_server import KEY, TEXT, OddServer, odd_server

QUESTION = Question(b"\xff\xd8 a picture", "What is it?", system="Be brief.")


@pytest_asyncio.fixture
async def server() -> AsyncIterator[OddServer]:
    async with odd_server() as running:
        yield running


async def ask(server: OddServer, texts: list[str] | None = None, **fields: Any) -> Said:
    client = RemoteClient(server.target(**fields))
    await client.start()
    try:
        return await client.ask(QUESTION, (texts if texts is not None else []).append)
    finally:
        await client.close()


async def refusal(server: OddServer, **fields: Any) -> AltdError:
    with pytest.raises(AltdError) as caught:
        await ask(server, **fields)
    assert KEY not in caught.value.message
    return caught.value


async def test_a_stream_becomes_a_text(server: OddServer) -> None:
    texts: list[str] = []
    said = await ask(server, texts)
    assert said.text.strip() == TEXT
    assert said.mean_logp == pytest.approx(-0.1)
    assert [text.strip() for text in texts[:2]] == ["A", "A red"]
    (body,) = server.bodies
    assert (body["model"], body["stream"], body["temperature"], body["logprobs"]) == ("odd", True, 0.0, True)
    system, user = body["messages"]
    assert system == {"role": "system", "content": "Be brief."}
    picture, text = user["content"]
    head, _, data = picture["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(data) == QUESTION.picture
    assert text["text"] == "What is it?"
    assert server.authorizations == {f"Bearer {KEY}"}


@pytest.mark.parametrize("behaviour", ["plain", "bare"])
async def test_a_server_that_tells_no_probabilities(server: OddServer, behaviour: str) -> None:
    server.script = [behaviour]
    assert await ask(server) == Said(TEXT + (" " if behaviour == "bare" else ""), None)


async def test_a_server_that_does_not_know_the_option(server: OddServer) -> None:
    server.script = ["picky", "bare"]
    assert (await ask(server, retries=0)).mean_logp is None
    assert [body.get("logprobs") for body in server.bodies] == [True, None]


async def test_a_refusal_for_another_reason_does_not_cost_the_probabilities(server: OddServer) -> None:
    client = RemoteClient(server.target(retries=0))
    await client.start()
    try:
        server.script = ["400", "400"]
        with pytest.raises(AltdError):
            await client.ask(QUESTION, lambda _: None)
        assert (await client.ask(QUESTION, lambda _: None)).mean_logp == pytest.approx(-0.1)
    finally:
        await client.close()


@pytest.mark.parametrize(("behaviour", "code"), [("500", "remote_failed"), ("422", "remote_refused")])
@pytest.mark.parametrize("model", ["odd", "even"])
async def test_a_model_that_the_server_does_not_list_is_named(
    server: OddServer, behaviour: str, code: str, model: str
) -> None:
    client = RemoteClient(server.target(retries=0, model=model))
    await client.start()
    try:
        await client.probe()
        server.script = [behaviour] * 2
        with pytest.raises(AltdError) as caught:
            await client.ask(QUESTION, lambda _: None)
    finally:
        await client.close()
    assert caught.value.code == code
    assert ("`even`: correct `remote_model`" in caught.value.message) == (model == "even")


@pytest.mark.parametrize("listed", ["<html>", '{"models": []}', '{"data": [{"name": "odd"}]}', "[" * 10**6])
async def test_a_list_of_another_form_says_nothing(server: OddServer, listed: str) -> None:
    server.listed = listed
    client = RemoteClient(server.target(retries=0))
    await client.start()
    try:
        await client.probe()
        server.script = ["500"]
        with pytest.raises(AltdError) as caught:
            await client.ask(QUESTION, lambda _: None)
    finally:
        await client.close()
    assert caught.value.message.endswith("look into its log.")
    assert "odd`" not in caught.value.message


@pytest.mark.parametrize(
    "behaviour",
    ["500", "502", "503", "breaks", "stops early", "garbage", "garbage in the stream", "error in the stream"],
)
async def test_what_may_pass_is_tried_again(server: OddServer, behaviour: str) -> None:
    server.script = [behaviour]
    assert (await ask(server)).text.strip() == TEXT
    assert len(server.bodies) == 2


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("500", "remote_failed"),
        ("503", "remote_busy"),
        ("garbage", "remote_failed"),
        ("one endless line", "remote_failed"),
        ("busy", "remote_busy"),
    ],
)
async def test_tries_come_to_an_end(server: OddServer, behaviour: str, code: str) -> None:
    server.script = [behaviour] * 2
    assert (await refusal(server, retries=1)).code == code
    assert len(server.bodies) == 2


@pytest.mark.parametrize(
    ("behaviour", "hint"),
    [
        ("unauthorized", "ALTD_REMOTE_KEY"),
        ("403", "ALTD_REMOTE_KEY"),
        ("404", "`remote_model`"),
        ("413", "413"),
        ("redirect", "302"),
    ],
)
async def test_what_does_not_pass_is_not_tried_again(server: OddServer, behaviour: str, hint: str) -> None:
    server.script = [behaviour]
    error = await refusal(server)
    assert error.code == "remote_refused"
    assert hint in error.message
    assert len(server.bodies) == 1


async def test_the_server_says_when_to_come_again(server: OddServer) -> None:
    server.script = ["busy"]
    start = time.monotonic()
    await ask(server)
    assert time.monotonic() - start >= 1.0


async def test_a_wait_that_is_too_long_is_not_begun(server: OddServer) -> None:
    server.script = ["busy for a day"]
    start = time.monotonic()
    assert (await refusal(server)).code == "remote_busy"
    assert time.monotonic() - start < 5.0


async def test_a_silent_server_is_given_up_and_sees_it(server: OddServer) -> None:
    server.script = ["silent"]
    error = await refusal(server, timeout_s=0.5)
    assert (error.code, error.status) == ("remote_timeout", 504)
    assert "`remote_timeout_s`" in error.message
    await asyncio.wait_for(server.left.wait(), 5)


async def test_an_endless_answer_is_cut_and_the_server_stopped(server: OddServer) -> None:
    server.script = ["endless"]
    assert len((await ask(server)).text) == MAX_TEXT
    await asyncio.wait_for(server.left.wait(), 5)


async def test_a_cancel_closes_the_connection(server: OddServer) -> None:
    server.script = ["slow"]
    texts: list[str] = []
    task = asyncio.create_task(ask(server, texts))
    while not texts:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.wait_for(server.left.wait(), 5)
    assert server.at_once == 0


async def test_nobody_there(server: OddServer) -> None:
    client = RemoteClient(server.target(base="http://127.0.0.1:9/v1", retries=1))
    await client.start()
    try:
        for work in (client.probe(), client.ask(QUESTION, lambda _: None)):
            with pytest.raises(AltdError) as caught:
                await work
            assert caught.value.code == "remote_unreachable"
    finally:
        await client.close()


async def test_the_key_is_in_no_log(server: OddServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.script = ["garbage", "unauthorized"]
    await refusal(server)
    assert KEY not in caplog.text
    assert KEY not in repr(server.target())
