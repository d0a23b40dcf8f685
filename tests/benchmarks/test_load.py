"""Mixed load for some seconds on a real daemon; `python benchmarks/load.py --minutes 60` is the whole."""

from __future__ import annotations

import argparse
import json
import os
import random
from pathlib import Path

import aiohttp
import psutil
import pytest
from load import faults, run, unexplained
from load_clients import Ledger
from load_watch import MIB, Sample, Trouble, Watch

from altd.paths import Paths
from altd.store.database import Database


@pytest.mark.slow
async def test_nothing_is_lost_left_or_damaged(tiny_model: Path, tmp_path: Path) -> None:
    options = argparse.Namespace(minutes=0.2, clients=3, seed=5, model=str(tiny_model), quantization="none")
    result = await run(tmp_path / "home", options)
    assert result["faults"] == []
    assert result["submitted"] == sum(result["states"].values()) > 0
    assert result["switches"]["done"]
    json.dumps(result, allow_nan=False)


def watched(*sizes: tuple[int, int, int]) -> Watch:
    """A watch that saw the daemon's MiB, the child's and its process id, once a minute."""
    samples = [
        Sample(60.0 * minute, daemon * MIB, child * MIB, pid, 20)
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
