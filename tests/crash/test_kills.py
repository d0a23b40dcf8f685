"""SIGKILL at random moments, of the daemon and of the model's child: nothing that was acknowledged is lost.

    ALTD_CRASH_ROUNDS=200 ALTD_CRASH_SEED=1 pytest tests/crash -s

A round is one kill, while clients click, ask for alternatives and switch generations. After each one every
acknowledged verdict is there exactly once, the active generation is wholly the old or wholly the new one, and
the database is sound; a killed daemon leaves no child behind, and a killed child no request unanswered.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest

from altd.models import generations
from altd.paths import Paths
from altd.store.database import connect_read_only
from altd.store.images import digest_of
from altd.store.records import FeedbackRow
from crash.clients import Book, Chooser, Clicker, Client, Switcher
from daemon_process import Daemon, picture, start_daemon
from tiny_generation import copy_adapter, tiny_manifest

ROUNDS = int(os.environ.get("ALTD_CRASH_ROUNDS", "6"))
SEED = int(os.environ.get("ALTD_CRASH_SEED", "7"))
PICTURE = picture(70)
_SENT = ("description_id", "verdict", "text", "other_id")


def prepare(home: Path, model: Path, adapter: Path) -> str:
    """Give the home two generations and a finished description; return the description's id."""
    with start_daemon(home, model) as daemon:
        paths = Paths.under(home)
        with generations.staging(paths) as directory:
            copy_adapter(adapter, directory)
            generations.install(paths, directory, tiny_manifest(model, parent="g0001"))
        daemon.wait_until_ready()
        described = daemon.describe(PICTURE)
        body = {"description_id": described["id"], "verdict": "reject", "key": "first-of-all"}
        assert daemon.json("POST", "/v1/feedback", body).body["image_kept"]
        return str(described["id"])


def child_of(daemon: Daemon) -> psutil.Process | None:
    """The model's process, None while there is none."""
    with suppress(psutil.NoSuchProcess):
        for process in psutil.Process(daemon.process.pid).children():
            return process
    return None


def start_clients(daemon: Daemon, book: Book, description_id: str) -> list[Client]:
    """The first one sends again what was not answered, as an extension's outbox does."""
    again = [body for body in book.open.values() if body["description_id"] == description_id]
    clients: list[Client] = [
        Clicker(daemon, book, description_id, again),
        Clicker(daemon, book, description_id, []),
        Chooser(daemon, book, description_id),
        Switcher(daemon, book, description_id),
    ]
    for client in clients:
        client.start()
    return clients


def check_generation(daemon: Daemon, book: Book) -> None:
    """A new daemon serves what the pointer names: the last acknowledged switch, or the one under way."""
    paths = Paths.under(daemon.home)
    active = generations.active_generation(paths)
    assert active is not None
    assert active in {book.generation, book.asked}
    generations.verify(paths, active)
    assert daemon.ask("GET", "/v1/status").body["generation"] == active
    book.generation, book.asked = active, None


def check_store(paths: Paths, book: Book, *, settled: bool) -> None:
    """Every acknowledged verdict is there once and as it was sent.

    Args:
        settled: no client lives any more; then nothing else is there than what was sent.
    """
    with book.lock:
        confirmed = dict(book.confirmed)
    with closing(connect_read_only(paths.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert not connection.execute("PRAGMA foreign_key_check").fetchall()
        rows = [FeedbackRow.of(row) for row in connection.execute("SELECT * FROM feedback")]
    kept = {row.key: (row.description_id, row.verdict, row.text, row.other_id) for row in rows}
    for key, body in confirmed.items():
        assert kept[key] == tuple(
            body.get(name) for name in ("description_id", "verdict", "text", "other_id")
        )
    assert len(kept) == len(rows)
    assert set(Counter(row.text for row in rows if row.text).values()) == {1}
    if settled:
        assert set(kept) <= {*confirmed, *book.open, "first-of-all"}
    assert (paths.images_dir / digest_of(PICTURE)).read_bytes() == PICTURE


def wait_until_at_work(daemon: Daemon, book: Book) -> None:
    """Wait until the model is loaded and has been asked for everything once, in this round or before."""
    daemon.wait_until_ready()
    until = time.monotonic() + 60
    while not (book.answers and book.switches) and time.monotonic() < until:
        time.sleep(0.05)


def kill_child(daemon: Daemon, book: Book, chance: random.Random) -> None:
    """Kill the model's process, mostly one that is loaded and at work."""
    if chance.random() < 0.5:
        wait_until_at_work(daemon, book)
    time.sleep(chance.uniform(0, 0.4))
    with suppress(psutil.NoSuchProcess):
        if (child := child_of(daemon)) is not None:
            child.kill()


def kill_daemon(daemon: Daemon, book: Book, clients: list[Client], chance: random.Random) -> None:
    """Kill the daemon, before or after its model is loaded; its child ends by itself."""
    if not book.answers or chance.random() < 0.3:
        wait_until_at_work(daemon, book)
    time.sleep(chance.uniform(0.05, 0.6))
    child = child_of(daemon)
    daemon.end(signal.SIGKILL)
    for client in clients:
        client.join(60)
        assert not client.is_alive()
        if client.failure is not None:
            raise client.failure
    if child is not None:
        child.wait(30)


@pytest.mark.slow
@pytest.mark.timeout(120 + 30 * ROUNDS)
def test_nothing_acknowledged_is_lost(tiny_model: Path, other_adapter: Path, tmp_path: Path) -> None:
    print(f"{ROUNDS} rounds with seed {SEED}")
    home, chance, book, kills = tmp_path / "home", random.Random(SEED), Book(), Counter[str]()
    paths = Paths.under(home)
    description_id = prepare(home, tiny_model, other_adapter)
    while kills.total() < ROUNDS:
        with start_daemon(home, tiny_model) as daemon:
            check_generation(daemon, book)
            clients = start_clients(daemon, book, description_id)
            for _ in range(chance.choice((0, 1, 1, 2))):
                kill_child(daemon, book, chance)
                kills["child"] += 1
                check_store(paths, book, settled=False)
            kill_daemon(daemon, book, clients, chance)
            kills["daemon"] += 1
        check_store(paths, book, settled=True)
        print(f"{dict(kills)}: {book}", flush=True)
    assert len(book.confirmed) > ROUNDS
    assert book.answers
    assert book.switches
