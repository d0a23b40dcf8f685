"""Mixed load on a real daemon, with kills and generation switches; then: is anything lost, left or leaking?

    python benchmarks/load.py --minutes 60 --output benchmarks/results/load.json

Clients submit pictures of all priorities, repeat, cancel, ask for alternatives, judge and ask for the
status. In the first half the model's process is killed now and then; in the second half it lives, so that
its memory can be judged. Ends with 1 when a request was lost, a sound picture failed that no kill can have
hit, an acknowledged verdict is not there exactly once, the database is damaged, a process is left over, or
memory, open files or threads grow.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import quantiles
from typing import Any

import aiohttp
import psutil
from load_clients import PATIENCE_S, Client, Ledger
from load_watch import Trouble, Watch

from altd.models import generations
from altd.models.catalogue import find_model
from altd.models.manifest import FILES
from altd.paths import Paths
from altd.store.database import connect_read_only
from altd.store.queries import standing_feedback

PROCESSES = ("daemon", "child")
ALLOWED_GROWTH_MIB = 24.0
"""What memory may grow in the judged time by fragmentation; a leak of 4 KB per request is over it."""
ALLOWED_HANDLES = 8
"""What open files and threads may each grow: a worker more in a pool, with its connection to the database
(three files). In half an hour of load, a leak of one in three hundred requests is over it."""
JUDGED_S = 300.0
"""What was watched for less proves nothing: the caches are still filling."""


def main() -> None:
    """Run, print and, where asked, write the result."""
    options = _parse()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(run(Path(folder), options))
    text = json.dumps(result, indent=1) + "\n"
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    sys.exit(bool(result["faults"]))


async def run(home: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Load a daemon in a home of its own; return the figures and what went wrong."""
    names = prepare(home, options.model)
    seconds, ledger = options.minutes * 60, Ledger()
    with running_daemon(home, options) as process:
        paths = Paths.under(home)
        watch = Watch(psutil.Process(process.pid))
        async with session_to(paths) as session:
            trouble = Trouble(watch.daemon, session, names, random.Random(options.seed))
            sampling = asyncio.create_task(watch.sample(min(5.0, seconds / 60)))
            await _load(session, ledger, trouble, seconds, options)
            sampling.cancel()
        process.terminate()
        exit_code = process.wait(60)
    memory = watch.summary(seconds / 2, min(300.0, seconds / 8))
    result = {
        **_about(options),
        "operations": dict(ledger.operations),
        "submitted": sum(ledger.states.values()) + len(ledger.lost),
        "states": dict(ledger.states),
        "refused": dict(ledger.refused),
        "kills": trouble.kills,
        "switches": {"done": trouble.switches, "refused": trouble.refused},
        "verdicts": len(ledger.verdicts),
        "latency_ms": {kind: _percentiles(times) for kind, times in ledger.latency_ms.items()},
        "memory": memory,
        "growth": {
            "allowed": {
                "memory_mib": ALLOWED_GROWTH_MIB,
                "open_files": ALLOWED_HANDLES,
                "threads": ALLOWED_HANDLES,
            },
            "judged": [name for name in PROCESSES if memory[name]["seconds"] >= JUDGED_S],
        },
    }
    found = [*faults(ledger, watch, paths, memory), *unexplained(ledger, trouble, exit_code)]
    return {**result, "faults": found}


async def _load(
    session: aiohttp.ClientSession,
    ledger: Ledger,
    trouble: Trouble,
    seconds: float,
    options: argparse.Namespace,
) -> None:
    await trouble.wait_until_ready()
    start = time.monotonic()
    clients = [Client(session, options.seed * 100 + number, ledger) for number in range(options.clients)]
    await asyncio.gather(
        trouble.kill(start + seconds / 2, max(5.0, seconds / 20)),
        trouble.switch(start + seconds, seconds / 120),
        *(client.work(start + seconds) for client in clients),
    )


def prepare(home: Path, model_name: str) -> list[str]:
    """Give a home two generations for the model, the second a copy of the first; return their names."""
    paths = Paths.under(home)
    paths.ensure()
    model = find_model(model_name, paths)
    generations.ensure_generations(paths, model)
    first = generations.active_generation(paths)
    assert first is not None, "the model comes without an adapter"
    with generations.staging(paths) as staging:
        for name in FILES:
            shutil.copyfile(paths.generations_dir / first / name, staging / name)
        second = generations.install(paths, staging, generations.read_manifest(paths, first))
    return [first, second]


@contextmanager
def running_daemon(home: Path, options: argparse.Namespace) -> Iterator[subprocess.Popen[bytes]]:
    """Run `altd start --foreground` on any free port until the block ends."""
    variables = {
        "ALTD_HOME": str(home),
        "ALTD_PORT": "0",
        "ALTD_MODEL": options.model,
        "ALTD_QUANTIZATION": options.quantization,
    }
    outer = {name: value for name, value in os.environ.items() if not name.startswith("ALTD_")}
    command = [sys.executable, "-m", "altd", "start", "--foreground"]
    process = subprocess.Popen(command, env=outer | variables, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert b"is running" in line, line + process.stderr.read()
        yield process
    finally:
        process.kill()
        process.communicate()


@asynccontextmanager
async def session_to(paths: Paths) -> AsyncIterator[aiohttp.ClientSession]:
    """Give a session that reaches the home's daemon with the command line's token."""
    port = json.loads(paths.info_file.read_text())["port"]
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {paths.token_file.read_text()}"},
        timeout=aiohttp.ClientTimeout(total=PATIENCE_S),
        connector=aiohttp.TCPConnector(limit=0),
    ) as session:
        yield session


def faults(ledger: Ledger, watch: Watch, paths: Paths, memory: dict[str, Any]) -> list[str]:
    """Return what broke a promise, one sentence each; asked after the daemon ended."""
    found = [f"{len(ledger.lost)} requests reached no final state"] if ledger.lost else []
    found += [f"unexpected answer: {answer}" for answer in ledger.unexpected[:10]]
    with closing(connect_read_only(paths.database)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            found.append("the database is damaged")
        kept = Counter(row.key for row in standing_feedback(connection))
    wrong = [key for key in ledger.verdicts if kept[key] != 1]
    found += [f"{len(wrong)} acknowledged verdicts are not there exactly once"] if wrong else []
    if orphans := watch.orphans():
        found.append(f"{len(orphans)} processes were left over")
    return found + [fault for name in PROCESSES for fault in grown(name, memory[name])]


def grown(name: str, held: dict[str, Any]) -> list[str]:
    """Return what one process holds more of than it may, if it was watched for long enough."""
    if held["seconds"] < JUDGED_S:
        return []
    found: list[str] = []
    growth = held["slope_mib_per_hour"] * held["seconds"] / 3600
    if growth > ALLOWED_GROWTH_MIB:
        found.append(f"the memory of the {name} grew by {growth:.1f} MiB")
    for kind in ("open_files", "threads"):
        more = held[kind]["last"] - held[kind]["first"]
        if more > ALLOWED_HANDLES:
            found.append(f"the {kind.replace('_', ' ')} of the {name} grew by {more}")
    return found


def unexplained(ledger: Ledger, trouble: Trouble, exit_code: int) -> list[str]:
    """Return what ended otherwise than it should, though nobody killed it."""
    found = [f"the daemon ended with {exit_code} on SIGTERM"] if exit_code else []
    unharmed = sum(submitted > trouble.killed_at for submitted in ledger.failed)
    return found + ([f"{unharmed} sound pictures failed that no kill can have hit"] if unharmed else [])


def _percentiles(times: list[float]) -> dict[str, float]:
    cuts = quantiles([*times, *times], n=100)  # doubled: one value has percentiles as well
    return {
        "count": len(times),
        "p50": round(cuts[49], 1),
        "p95": round(cuts[94], 1),
        "max": round(max(times), 1),
    }


def _about(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "minutes": options.minutes,
        "clients": options.clients,
        "seed": options.seed,
        "model": Path(options.model).name,
        "hardware": {
            "machine": platform.machine(),
            "cores": psutil.cpu_count(),
            "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
            "system": platform.system(),
        },
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("altd", "torch", "transformers", "aiohttp", "onnxruntime")},
    }


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--model", default="bundled", help="a model's name or its directory")
    parser.add_argument("--quantization", choices=("nf4", "none"), default="nf4")
    parser.add_argument("--output", type=Path, help="where the result goes as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
