"""A daemon that only says what it is told to: it brings our pages into their states without a model."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

STATUS = {
    "status": "loading",
    "model": "a-model",
    "generation": "g0003",
    "remote": {"other_machine": True, "host": "models.example"},
}
VERDICTS = ("accept", "reject", "edit", "prefer")
STORED = [
    {
        "id": f"f{number}",
        "verdict": VERDICTS[number % 4],
        "created_at": 1_790_000_000 + number,
        "site": "x",
        "description": "" if number == 7 else "Two red buses",
        "text": "Two trams" if number % 4 == 2 else None,
        "other": "A lorry" if number % 4 == 3 else None,
    }
    for number in range(23)  # more than are shown at first
]
ANSWER = {"id": "d9", "state": "done", "text": "Three houses", "confidence": "low", "language": "en"}


@asynccontextmanager
async def scripted_daemon() -> AsyncIterator[int]:
    """Answer while the block runs; yields the port."""
    answers: dict[tuple[str, str], Any] = {
        ("POST", "/v1/pair"): {"token": "a-token"},
        ("GET", "/v1/status"): STATUS,
        ("GET", "/v1/feedback"): {"feedback": STORED},
        ("POST", "/v1/descriptions"): ANSWER,
    }

    async def answer(request: web.Request) -> web.Response:
        found = answers.get((request.method, request.path))
        return web.json_response(found or {"error": {"code": "internal"}}, status=200 if found else 500)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    try:
        await site.start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()
