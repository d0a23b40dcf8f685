"""People at work: clients that submit, repeat, cancel, ask for more and judge, and follow all to its end."""

from __future__ import annotations

import asyncio
import io
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from altd_trainer.synthetic import generate, split_seed

PRIORITIES = ("focused", "visible", "ahead")
PATIENCE_S = 600.0
"""A request without a final state counts as lost when no other one reached its own for so long either.

How long a request takes says how busy the machine is, not whether the daemon forgot it.
"""


@dataclass(slots=True)
class Ledger:
    """What the clients saw.

    Attributes:
        operations: how often each was done.
        states: how many submitted descriptions ended in each state; a failed one as `failed: CODE`.
        refused: submissions that were not taken, by code; these got no id.
        lost: submitted ids that reached no final state.
        unexpected: answers that no client should get, shortened.
        verdicts: keys of confirmed verdicts.
        latency_ms: milliseconds by kind of request.
        failed: when the sound pictures were submitted whose description failed (`time.monotonic()`).
        moved_at: when a request reached its final state last (`time.monotonic()`).
    """

    operations: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    verdicts: set[str] = field(default_factory=set)
    latency_ms: dict[str, list[float]] = field(default_factory=dict)
    failed: list[float] = field(default_factory=list)
    moved_at: float = field(default_factory=time.monotonic)

    def ended(self, state: str) -> None:
        """Note the final state of a submitted description."""
        self.states[state] += 1
        self.moved_at = time.monotonic()

    def took(self, kind: str, started: float) -> None:
        """Note how long something took since `started` (`time.monotonic()`)."""
        self.latency_ms.setdefault(kind, []).append((time.monotonic() - started) * 1000)


class Client:
    """One person's extension.

    Args:
        session: sends the token with everything.
        seed: decides what it does; two clients with different seeds share few pictures.
        ledger: shared by all.
    """

    def __init__(self, session: aiohttp.ClientSession, seed: int, ledger: Ledger) -> None:
        self._session = session
        self._chance = random.Random(seed)
        self._ledger = ledger
        self._next = seed * 1_000_000
        self._known: list[tuple[str, bytes, bytes]] = []  # finished: id, image, request
        self._habits: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "new": (36, self._new),
            "scroll": (6, self._scroll),
            "repeat": (18, self._repeat),
            "cancel": (10, self._cancel),
            "alternative": (8, self._alternative),
            "verdict": (12, self._judge),
            "status": (8, self._look),
            "damaged": (2, self._damaged),
        }

    async def work(self, until: float) -> None:
        """Do one thing after the other until `time.monotonic()` is `until`."""
        names = list(self._habits)
        weights = [weight for weight, _ in self._habits.values()]
        while time.monotonic() < until:
            name = self._chance.choices(names, weights)[0]
            self._ledger.operations[name] += 1
            await self._habits[name][1]()
            await asyncio.sleep(self._chance.uniform(0, 0.2))

    async def _new(self) -> None:
        image, request = self._picture(self._chance.choice(PRIORITIES))
        await self._describe(image, request, "new")

    async def _scroll(self) -> None:
        """Several pictures come into view at once."""
        pictures = [self._picture("ahead") for _ in range(self._chance.randint(3, 8))]
        await asyncio.gather(*(self._describe(*picture, "scroll") for picture in pictures))

    async def _repeat(self) -> None:
        if self._known:
            _, image, request = self._chance.choice(self._known)
            await self._describe(image, request, "repeat")

    async def _cancel(self) -> None:
        description_id = await self._submit(*self._picture("visible"))
        if description_id is None:
            return
        await asyncio.sleep(self._chance.choice((0.0, self._chance.uniform(0, 1))))
        await self._ask("DELETE", f"/v1/descriptions/{description_id}", {204})
        await self._follow(description_id)

    async def _alternative(self) -> None:
        if not self._known:
            return
        known, _, _ = self._chance.choice(self._known[-20:])
        allowed = {202, 200, 404, 503}  # 404: forgotten with its image; 503: full or restarting
        status, body = await self._ask("POST", f"/v1/descriptions/{known}/alternatives", allowed)
        if status == 503:
            self._ledger.refused[body["error"]["code"]] += 1
        if status in (200, 202):
            await self._follow(body["id"])

    async def _judge(self) -> None:
        if not self._known:
            return
        known, _, _ = self._chance.choice(self._known[-20:])
        key = uuid.uuid4().hex
        body = {"description_id": known, "verdict": "edit", "text": f"A better text {key}.", "key": key}
        if self._chance.random() < 0.4:
            body = {"description_id": known, "verdict": "reject", "key": key}
        started = time.monotonic()
        for _ in range(self._chance.choice((1, 1, 2))):  # a lost answer makes extensions send again
            status, _ = await self._ask("POST", "/v1/feedback", {200}, body)
            if status == 200:
                self._ledger.verdicts.add(key)
        self._ledger.took("verdict", started)

    async def _look(self) -> None:
        started = time.monotonic()
        await self._ask("GET", "/health", {200})
        self._ledger.took("health", started)
        await self._ask("GET", "/v1/status", {200})

    async def _damaged(self) -> None:
        image, request = self._picture("visible")
        await self._describe(image[: len(image) // 3], request, "damaged")

    async def _describe(self, image: bytes, request: bytes, kind: str) -> None:
        started = time.monotonic()
        description_id = await self._submit(image, request)
        if description_id is not None and await self._follow(description_id, sound=kind != "damaged"):
            self._ledger.took(kind, started)
            self._known = [*self._known[-99:], (description_id, image, request)]

    async def _submit(self, image: bytes, request: bytes) -> str | None:
        """Return the id; None when the daemon has no room now."""
        form = aiohttp.FormData()
        form.add_field("request", request.decode(), content_type="application/json")
        form.add_field("image", image, filename="image", content_type="image/png")
        status, body = await self._ask("POST", "/v1/descriptions", {200, 202, 503}, form)
        if status == 503:
            self._ledger.refused[body["error"]["code"]] += 1
            await asyncio.sleep(1)
            return None
        return str(body["id"]) if status in (200, 202) else None

    async def _follow(self, description_id: str, *, sound: bool = True) -> bool:
        """Wait for the final state and note it; return whether there is a text to judge."""
        allowed = {200, 202, 409, 422, 503}
        submitted = time.monotonic()
        while time.monotonic() < max(submitted, self._ledger.moved_at) + PATIENCE_S:
            status, body = await self._ask("GET", f"/v1/descriptions/{description_id}?wait=20", allowed)
            if status == 202:
                continue
            error = body.get("error") if isinstance(body, dict) else {"code": f"status {status}"}
            state = str(body["state"]) if error is None else f"failed: {error['code']}"
            state = "cancelled" if state == "failed: cancelled" else state
            self._ledger.ended(state)
            if sound and state.startswith("failed"):
                self._ledger.failed.append(submitted)
            return state == "done"
        self._ledger.lost.append(description_id)
        return False

    async def _ask(self, method: str, path: str, allowed: set[int], data: Any = None) -> tuple[int, Any]:
        sent = {"data": data} if isinstance(data, aiohttp.FormData) else {"json": data}
        async with self._session.request(method, path, **sent) as answer:
            body = await answer.json() if answer.content_type == "application/json" else None
        if answer.status not in allowed:
            self._ledger.unexpected.append(
                f"{method} {path.split('?')[0]}: {answer.status} {str(body)[:200]}"
            )
        return answer.status, body

    def _picture(self, priority: str) -> tuple[bytes, bytes]:
        """A picture nobody asked about before, uncompressed so that memory limits are reached, and a post."""
        self._next += 1
        sample = generate(split_seed("test"), self._next)
        file = io.BytesIO()
        sample.image.save(file, "PNG", compress_level=0)
        context = {"site": sample.post.site, "text": sample.post.text, "author": sample.post.author}
        return file.getvalue(), json.dumps({"context": context, "priority": priority}).encode()
