"""A small real server with OpenAI's routes that behaves well or badly, as its script says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from altd.engine.remote.target import Target

TEXT = "A red canoe on a calm lake."
KEY = "sk-secret-of-the-tests"


class OddServer:
    """Takes one behaviour after the other from `script`, and behaves well when it is empty.

    Attributes:
        listed: the list of its models.
        bodies: what was asked.
        left: set when a client closes its connection before it has its answer.
        release: set to answer the requests that are `held`.
        at_once: how many requests are being answered now.
    """

    def __init__(self) -> None:
        self.script: list[str] = []
        self.text = TEXT
        self.listed = json.dumps({"object": "list", "data": [{"id": "odd"}]})
        self.bodies: list[dict[str, Any]] = []
        self.authorizations: set[str | None] = set()
        self.left = asyncio.Event()
        self.release = asyncio.Event()
        self.at_once = 0
        self.base = ""

    def target(self, **fields: Any) -> Target:
        """The server as altd is told of it."""
        given = {"base": self.base, "host": "odd:1", "is_local": True, "model": "odd", "key": KEY}
        return Target(**({"timeout_s": 20.0} | given | fields))

    async def models(self, request: web.Request) -> web.Response:
        self.authorizations.add(request.headers.get("Authorization"))
        if self.script[:1] == ["unauthorized"]:
            return web.json_response({"error": {}}, status=401)
        return web.Response(text=self.listed, content_type="application/json")

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.authorizations.add(request.headers.get("Authorization"))
        body = await request.json()
        self.bodies.append(body)
        behaviour = self.script.pop(0) if self.script else "good"
        self.at_once += 1
        try:
            return await self._behave(behaviour, body, request)
        except asyncio.CancelledError:
            self.left.set()
            raise
        finally:
            self.at_once -= 1

    async def _behave(self, behaviour: str, body: dict[str, Any], request: web.Request) -> web.StreamResponse:
        if behaviour.isdigit():
            return web.json_response({"error": {"message": "no"}}, status=int(behaviour))
        match behaviour:
            case "busy":
                return web.json_response({}, status=429, headers={"Retry-After": "1"})
            case "busy for a day":
                return web.json_response({}, status=429, headers={"Retry-After": "86400"})
            case "picky" if body.get("logprobs"):
                return web.json_response({"error": {"message": "unknown option"}}, status=400)
            case "unauthorized":
                return web.json_response({}, status=401)
            case "redirect":
                raise web.HTTPFound("http://192.0.2.1/v1/chat/completions")
            case "plain" | "mute":
                content = self.text if behaviour == "plain" else ""
                choice = {"message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
                return web.json_response({"choices": [choice]})
            case "garbage":
                return web.Response(text="<html>I am a router", content_type="text/html")
            case "silent":
                await asyncio.sleep(60)
            case "held":
                await self.release.wait()
        return await self._stream(behaviour, request)

    async def _stream(self, behaviour: str, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if behaviour == "one endless line":
            while True:
                await response.write(b"data: " + b"x" * 65536)
        if behaviour == "garbage in the stream":
            await response.write(b"data: {[}\n\n")
            return response
        if behaviour == "error in the stream":
            await response.write(b'data: {"error": {"message": "out of memory"}}\n\n')
            return response
        if behaviour == "endless":
            while True:
                await response.write(chunk("word " * 50))
        for word in self.text.split(" "):
            await response.write(chunk(word + " ", None if behaviour == "bare" else -0.1))
            if behaviour == "slow":
                await asyncio.sleep(0.3)
            if behaviour == "breaks":
                assert request.transport is not None
                request.transport.abort()
            if behaviour == "stops early":
                return response
        await response.write(chunk("", finish="stop") + b"data: [DONE]\n\n")
        return response


def chunk(text: str, logp: float | None = None, finish: str | None = None) -> bytes:
    logprobs = None if logp is None else {"content": [{"token": text, "logprob": logp}]}
    choice = {"index": 0, "delta": {"content": text}, "logprobs": logprobs, "finish_reason": finish}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


@asynccontextmanager
async def odd_server() -> AsyncIterator[OddServer]:
    """Run one on a free port."""
    server, app = OddServer(), web.Application(client_max_size=32 * 2**20)
    app.router.add_get("/v1/models", server.models)
    app.router.add_post("/v1/chat/completions", server.complete)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        server.base = f"http://127.0.0.1:{port}/v1"
        yield server
    finally:
        await runner.cleanup()
