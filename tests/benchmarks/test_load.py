"""Mixed load for some seconds on a real daemon; `python benchmarks/load.py --minutes 60` is the whole."""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
from pathlib import Path

import aiohttp
import psutil
import pytest
from load import ALLOWED_HANDLES, faults, grown, run, unexplained
from load_clients import Ledger
from load_watch import MIB, Sample, Trouble, Use, Watch, connections_of

from altd.paths import Paths
from altd.store.database import Database


@pytest.mark.slow
async def test_nothing_is_lost_left_or_damaged(tiny_model: Path, tmp_path: Path) -> None:
    options = argparse.Namespace(minutes=0.2, clients=3, seed=5, model=str(tiny_model), quantization="none")
    result = await run(tmp_path / "home", options)
    assert result["faults"] == []
    assert result["submitted"] == sum(result["states"].values()) > 0
    assert result["switches"]["done"]
    assert result["growth"]["judged"] == []  # too short, and the result says so
    assert result["memory"]["daemon"]["open_files"]["last"] > 0
    assert result["memory"]["child"]["threads"]["last"] > 0
    json.dumps(result, allow_nan=False)


def watched(*sizes: tuple[int, int, int]) -> Watch:
    """A watch that saw the daemon's MiB, the child's and its process id, once a minute."""
    samples = [
        Sample(60.0 * minute, Use(daemon * MIB, 20, 9), Use(child * MIB, 12, 5), pid)
        for minute, (daemon, child, pid) in enumerate(sizes)
    ]
    return Watch(psutil.Process(), samples, {pid for _, _, pid in sizes})


def test_broken_promises_are_named(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path)
    paths.ensure()
    Database(paths.database, paths.backups_dir).close()
    ledger = Ledger(lost=["some"], unexpected=["GET /health: 500"], verdicts={"never kept"})
    watch = watched(*[(100 + 5 * minute, 500, os.getpid()) for minute in range(10)])
    found = faults(ledger, watch, paths, watch.summary(0, 0))
    assert found == [
        "1 requests reached no final state",
        "unexpected answer: GET /health: 500",
        "1 acknowledged verdicts are not there exactly once",
        "1 processes were left over",
        "the memory of the daemon grew by 45.0 MiB",
    ]


async def test_a_failure_needs_a_kill_that_came_after_it_was_asked_for() -> None:
    async with aiohttp.ClientSession() as session:
        trouble = Trouble(psutil.Process(), session, ["g0001"], random.Random(5), kills=1, killed_at=50.0)
    ledger = Ledger(failed=[40.0, 49.0])
    assert unexplained(ledger, trouble, 0) == []
    ledger.failed += [51.0, 52.0]
    assert unexplained(ledger, trouble, -9) == [
        "the daemon ended with -9 on SIGTERM",
        "2 sound pictures failed that no kill can have hit",
    ]


def test_memory_is_judged_of_the_longest_life_after_its_warm_up() -> None:
    watch = watched((90, 700, 7), (95, 0, 0), (100, 400, 8), (100, 500, 8), (100, 501, 8), (100, 502, 8))
    memory = watch.summary(settled_s=120, child_warm_s=60)
    assert memory["daemon"]["slope_mib_per_hour"] == 0
    assert memory["child"]["lives"] == 2
    assert memory["child"]["slope_mib_per_hour"] == 60
    assert memory["child"]["seconds"] == 120
    assert memory["course_mib"]["child"] == [700, 0, 400, 500, 501, 502]


def holding(files: list[int], threads: list[int]) -> Watch:
    """A watch of a daemon and a child that both hold so many files and threads, minute by minute."""
    uses = [Use(100 * MIB, *counts) for counts in zip(files, threads, strict=True)]
    return Watch(psutil.Process(), [Sample(60.0 * at, use, use, 7) for at, use in enumerate(uses)], {7})


def test_files_and_threads_that_stay_are_a_fault() -> None:
    leak = ALLOWED_HANDLES + 1
    held = holding([20, 25, 22, 40, 24, 29, 29, 35, 30], [5, 6, 5, 7, 9, 9, 14, 16, 14]).summary(0, 0)
    assert held["child"]["open_files"] == {"first": 20, "last": 29, "peak": 40}
    assert grown("child", held["child"]) == [
        f"the open files of the child grew by {leak}",
        f"the threads of the child grew by {leak}",
    ]


def test_files_that_come_and_go_are_none() -> None:
    held = holding([20, 60, 25, 50, 24, 29, 28, 90, 70], [5, 6, 5, 7, 9, 9, 13, 16, 14]).summary(0, 0)
    assert grown("daemon", held["daemon"]) == []


def test_the_loads_own_connections_are_not_the_daemons() -> None:
    watch, before = Watch(psutil.Process()), connections_of(psutil.Process())
    watch._take(0.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address), socket.create_connection(address):
            assert connections_of(psutil.Process()) == before + 2
            watch._take(1.0)
    first, second = (sample.daemon.files for sample in watch.samples)
    assert second == first + 1  # the server's own socket is a file that it holds


def test_a_short_watch_judges_nothing() -> None:
    held = holding([20, 60, 90], [5, 50, 90]).summary(0, 0)
    assert grown("daemon", held["daemon"]) == []
