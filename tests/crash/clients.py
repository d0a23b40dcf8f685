"""Clients that click, ask for alternatives and switch generations until their daemon is killed.

Each remembers what it was told was done, and the one thing it was not told about any more.
"""

from __future__ import annotations

import http.client
import random
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

from daemon_process import Answer, Daemon, picture

GONE = (OSError, http.client.HTTPException)
"""What a request raises when its daemon is killed."""

KILLED_CODES = ("engine_failed", "image_undecodable")
"""How a description may end whose process was killed twice; the second, while it opened the picture."""


@dataclass
class Book:
    """What all clients of all rounds were told; one lock guards it.

    Attributes:
        confirmed: bodies of acknowledged verdicts by key.
        open: bodies of verdicts whose answer never came, by key: they may or may not be kept.
        answers: how many descriptions and alternatives ended with a text or without one.
        failures: how many ended with an error, since the child died of or with them.
        switches: how many switches were acknowledged.
        refused: how many were refused, since the child died of or with them.
        generation: the generation whose switch was acknowledged last.
        asked: the one that was asked for without an answer; it may have become active.
    """

    confirmed: dict[str, dict[str, Any]] = field(default_factory=dict)
    open: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: int = 0
    failures: int = 0
    switches: int = 0
    refused: int = 0
    generation: str = "g0001"
    asked: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def done(self) -> int:
        """How many answers and switches there were."""
        return self.answers + self.switches

    def __str__(self) -> str:
        counts = f"{len(self.confirmed)} verdicts, {self.answers} answers, {self.switches} switches"
        return f"{counts}; {len(self.open)} verdicts unanswered, {self.failures} descriptions failed"


class Client(threading.Thread):
    """Does one thing again and again until the daemon is gone; `failure` then says what broke."""

    def __init__(self, daemon: Daemon, book: Book, description_id: str) -> None:
        super().__init__(daemon=True)
        self.served = daemon
        self.book = book
        self.description_id = description_id
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while True:
                self.step()
        except GONE:
            return
        except BaseException as error:  # noqa: BLE001 - the test's thread raises it
            self.failure = error

    def step(self) -> None:
        raise NotImplementedError

    def judge(self, body: dict[str, Any]) -> None:
        """Send a verdict and note whether it was acknowledged."""
        key = body["key"]
        with self.book.lock:
            self.book.open[key] = body
        answer = self.served.json("POST", "/v1/feedback", body)
        assert answer.status == 200, answer.data
        with self.book.lock:
            self.book.confirmed[key] = self.book.open.pop(key)


class Clicker(Client):
    """Edits some twenty times a second; begins with what an earlier daemon left unanswered, same key."""

    def __init__(self, daemon: Daemon, book: Book, description_id: str, again: list[dict[str, Any]]) -> None:
        super().__init__(daemon, book, description_id)
        self.again = again

    def step(self) -> None:
        key = uuid.uuid4().hex
        new = {"description_id": self.description_id, "verdict": "edit", "text": f"Text {key}.", "key": key}
        self.judge(self.again.pop() if self.again else new)
        threading.Event().wait(random.uniform(0, 0.1))


class Chooser(Client):
    """Has pictures described, asks for an alternative and prefers it; each gets an answer in the end."""

    def step(self) -> None:
        first = self.follow(self.served.submit(picture(random.randrange(10_000)), b"{}"))
        if first is None:
            return
        second = self.follow(self.served.json("POST", f"/v1/descriptions/{first['id']}/alternatives"))
        if second is None:
            return
        body = {"description_id": second["id"], "verdict": "reject", "key": uuid.uuid4().hex}
        self.judge(body | ({"verdict": "prefer", "other_id": first["id"]} if second["text"] else {}))

    def follow(self, answer: Answer) -> dict[str, Any] | None:
        """Wait for the result; None when the child was killed once too often over it."""
        while answer.status == 202:
            answer = self.served.ask("GET", f"/v1/descriptions/{answer.body['id']}?wait=20")
        assert answer.status == 200 or answer.code in KILLED_CODES, answer.data
        with self.book.lock:
            self.book.answers += answer.status == 200
            self.book.failures += answer.status != 200
        return answer.body if answer.status == 200 else None


class Switcher(Client):
    """Lets one generation answer and then the other."""

    def step(self) -> None:
        with self.book.lock:
            wanted = "g0002" if self.book.generation == "g0001" else "g0001"
            self.book.asked = wanted
        body = {"generation": wanted, "expected_generation": self.book.generation}
        answer = self.served.json("PUT", "/v1/models/active", body)
        self.note(answer, wanted)
        threading.Event().wait(random.uniform(0, 0.2))

    def note(self, answer: Answer, wanted: str) -> None:
        """A switch is refused only when the child dies of it, and then the old generation stays."""
        assert answer.status == 200 or answer.code == "engine_failed", answer.data
        with self.book.lock:
            self.book.asked = None
            self.book.refused += answer.status != 200
            if answer.status == 200:
                self.book.generation, self.book.switches = wanted, self.book.switches + 1
