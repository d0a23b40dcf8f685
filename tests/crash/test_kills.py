"""SIGKILL at random moments, of the daemon and of the model's child: nothing that was acknowledged is lost.

    ALTD_CRASH_ROUNDS=200 ALTD_CRASH_SEED=1 pytest tests/crash/test_kills.py -s

A round is one kill, while clients click, ask for alternatives and switch generations. After each one every
acknowledged verdict is there exactly once, the active generation is wholly the old or wholly the new one, and
the database is sound; a killed daemon leaves no child behind, and a killed child no request unanswered. With
`ALTD_CRASH_OUTPUT` the figures go to that file.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from altd.models import generations
from altd.paths import Paths
from crash.clients import Book, Chooser, Clicker, Client, Switcher
from crash.evidence import FIRST_KEY, PICTURE, Findings, write_result
from daemon_process import Daemon, start_daemon
from tiny_generation import copy_adapter, tiny_manifest

ROUNDS = int(os.environ.get("ALTD_CRASH_ROUNDS", "4"))
SEED = int(os.environ.get("ALTD_CRASH_SEED", "7"))
OUTPUT = os.environ.get("ALTD_CRASH_OUTPUT")
_MANY = 50  # rounds in which every kind of work is hit
AT_WORK = 0.35
"""Share of kills that wait until the model is loaded and clients got something from it."""


def prepare(home: Path, model: Path, adapter: Path) -> str:
    """Give the home two generations and a finished description; return the description's id."""
    with start_daemon(home, model) as daemon:
        paths = Paths.under(home)
        with generations.staging(paths) as directory:
            copy_adapter(adapter, directory)
            generations.install(paths, directory, tiny_manifest(model, parent="g0001"))
        daemon.wait_until_ready()
        described = daemon.describe(PICTURE)
        body = {"description_id": described["id"], "verdict": "reject", "key": FIRST_KEY}
        assert daemon.json("POST", "/v1/feedback", body).body["image_kept"]
        return str(described["id"])


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


def wait_for_a_moment(daemon: Daemon, book: Book, chance: random.Random) -> None:
    """Wait until just before a kill: any time, or after some answers and switches of this very child.

    The first kill of all waits, so that few rounds too have hit a child at work.
    """
    if chance.random() < AT_WORK or not book.done:
        daemon.wait_until_ready()
        enough, until = book.done + max(chance.randint(0, 3), not book.done), time.monotonic() + 60
        while book.done < enough and time.monotonic() < until:
            time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.5))


def kill_child(daemon: Daemon) -> None:
    """Kill the model's process, if there is one now."""
    with suppress(psutil.NoSuchProcess):
        if (child := daemon.child()) is not None:
            child.kill()


def kill_daemon(daemon: Daemon, clients: list[Client]) -> None:
    """Kill the daemon; its child ends by itself."""
    child = daemon.child()
    daemon.end(signal.SIGKILL)
    for client in clients:
        client.join(60)
        assert not client.is_alive()
        if client.failure is not None:
            raise client.failure
    if child is not None:
        child.wait(60)


def live_and_die(
    daemon: Daemon, book: Book, description_id: str, chance: random.Random, findings: Findings
) -> Counter[str]:
    """One daemon's life: its child is killed some times, and then it itself; return the kills."""
    paths = Paths.under(daemon.home)
    served = daemon.ask("GET", "/v1/status").body["generation"]
    assert served == generations.active_generation(paths)
    book.generation, book.asked = served, None
    clients = start_clients(daemon, book, description_id)
    children = chance.choice((0, 1, 1, 2))
    for _ in range(children):
        wait_for_a_moment(daemon, book, chance)
        kill_child(daemon)
        findings.look(paths, book, settled=False)
    wait_for_a_moment(daemon, book, chance)
    kill_daemon(daemon, clients)
    findings.look(paths, book, settled=True)
    return Counter(child=children, daemon=1)


@pytest.mark.slow
@pytest.mark.timeout(240 + 60 * ROUNDS)
def test_nothing_acknowledged_is_lost(tiny_model: Path, other_adapter: Path, tmp_path: Path) -> None:
    home, chance, book, findings = tmp_path / "home", random.Random(SEED), Book(), Findings()
    kills = Counter[str]()
    description_id = prepare(home, tiny_model, other_adapter)
    while kills.total() < ROUNDS:
        with start_daemon(home, tiny_model) as daemon:
            kills += live_and_die(daemon, book, description_id, chance, findings)
        print(f"seed {SEED}, {dict(kills)}: {book}", flush=True)
        if OUTPUT:
            write_result(Path(OUTPUT), SEED, kills, book, findings)
        assert not any(findings.faults.values()), findings
    assert findings.found_once == len(book.confirmed) > ROUNDS
    assert book.done
    assert ROUNDS < _MANY or (book.answers and book.switches)
