"""Kill -9 at any moment: every verdict that was answered with 200 is there afterwards, exactly once."""

from __future__ import annotations

import http.client
import random
import signal
import threading
import uuid
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from altd.paths import Paths
from altd.store.database import connect_read_only
from altd.store.queries import evidence
from daemon_process import Daemon, picture, start_daemon

ROUNDS = 8
CLIENTS = 3


class Clicker(threading.Thread):
    """Sends verdicts as fast as it can and remembers which were confirmed."""

    def __init__(self, daemon: Daemon, description_id: str, resend: list[str]) -> None:
        super().__init__(daemon=True)
        self.served = daemon
        self.description_id = description_id
        self.resend = resend
        self.confirmed: list[str] = []
        self.unconfirmed: str | None = None

    def run(self) -> None:
        while True:
            key = self.resend.pop() if self.resend else uuid.uuid4().hex
            body = {"description_id": self.description_id, "verdict": "edit", "text": key, "key": key}
            try:
                answer = self.served.json("POST", "/v1/feedback", body)
            except (OSError, http.client.HTTPException):
                self.unconfirmed = key
                return
            assert answer.status == 200, answer.data
            self.confirmed.append(key)


def described(daemon: Daemon, known: dict[str, Any]) -> str:
    """Return a finished description of an earlier round, else a new one."""
    if not known:
        daemon.wait_until_ready()
        known.update(daemon.describe(picture(70)))
    return str(known["id"])


def click_until_killed(
    daemon: Daemon, description_id: str, resend: list[str], after_s: float
) -> list[Clicker]:
    clickers = [Clicker(daemon, description_id, resend if number == 0 else []) for number in range(CLIENTS)]
    for clicker in clickers:
        clicker.start()
    threading.Event().wait(after_s)
    daemon.end(signal.SIGKILL)
    for clicker in clickers:
        clicker.join(30)
    return clickers


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_confirmed_verdicts_survive(tiny_model: Path, tmp_path: Path) -> None:
    home, chance = tmp_path / "home", random.Random(7)
    known: dict[str, Any] = {}
    confirmed: list[str] = []
    unconfirmed: list[str] = []
    for _ in range(ROUNDS):
        with start_daemon(home, tiny_model) as daemon:
            description_id = described(daemon, known)
            resend, unconfirmed = unconfirmed, []
            clickers = click_until_killed(daemon, description_id, resend, chance.uniform(0.05, 0.6))
        confirmed += [key for clicker in clickers for key in clicker.confirmed]
        unconfirmed = [clicker.unconfirmed for clicker in clickers if clicker.unconfirmed] + resend
        with closing(connect_read_only(Paths.under(home).database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            rows = evidence(connection)
        kept = Counter(row.feedback.key for row in rows)
        assert set(confirmed) <= set(kept)
        assert set(kept) <= set(confirmed) | set(unconfirmed)
        assert set(kept.values()) == {1}
        image = Paths.under(home).images_dir / rows[0].description.image_sha256
        assert image.read_bytes() == picture(70)
    assert len(confirmed) > ROUNDS
