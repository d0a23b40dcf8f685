"""Beside the load: what makes trouble (kills, generation switches), and what measures memory and handles."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from statistics import linear_regression
from typing import Any

import aiohttp
import psutil

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Use:
    """What one process holds: bytes of memory, open files (sockets and pipes among them), threads."""

    memory: int = 0
    files: int = 0
    threads: int = 0

    @classmethod
    def of(cls, process: psutil.Process) -> Use:
        """What it holds now; raises `psutil.NoSuchProcess`."""
        with process.oneshot():
            return cls(process.memory_info().rss, process.num_fds(), process.num_threads())


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment; `at` in seconds since the start, `child` holds nothing while there is no child."""

    at: float
    daemon: Use
    child: Use
    child_pid: int


def connections_of(process: psutil.Process) -> int:
    """Its open TCP connections."""
    return sum(each.status == psutil.CONN_ESTABLISHED for each in process.net_connections("tcp"))


@dataclass(slots=True)
class Watch:
    """Samples of what a daemon holds, and every child it ever had.

    The ends of this process's own connections do not count as the daemon's open files: the clients keep as
    many as they ever needed at once.
    """

    daemon: psutil.Process
    samples: list[Sample] = field(default_factory=list)
    children: set[int] = field(default_factory=set)

    async def sample(self, every_s: float) -> None:
        """Take samples until cancelled."""
        start = time.monotonic()
        while True:
            self._take(time.monotonic() - start)
            await asyncio.sleep(every_s)

    def _take(self, at: float) -> None:
        children = self.daemon.children(recursive=True)
        self.children |= {child.pid for child in children}
        pid, use = 0, Use()
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in children[:1]:
                use, pid = Use.of(child), child.pid
        daemon = Use.of(self.daemon)
        daemon = replace(daemon, files=daemon.files - connections_of(psutil.Process()))
        self.samples.append(Sample(at, daemon, use, pid))

    def orphans(self) -> list[int]:
        """Children that still run; asked after the daemon ended."""
        return [pid for pid in self.children if psutil.pid_exists(pid)]

    def summary(self, settled_s: float, child_warm_s: float) -> dict[str, Any]:
        """Memory in MiB with its slope in MiB per hour, open files and threads at first and at last.

        Args:
            settled_s: the daemon is judged from here on.
            child_warm_s: each child's first seconds, which do not count: it loads and warms up.
        """
        late = [sample for sample in self.samples if sample.at >= settled_s] or self.samples[-1:]
        lives = [list(life) for pid, life in groupby(self.samples, lambda sample: sample.child_pid) if pid]
        longest = max(lives, key=len)
        warm = [sample for sample in longest if sample.at >= longest[0].at + child_warm_s] or longest[-1:]
        daemon = [(sample.at, sample.daemon) for sample in late]
        child = [(sample.at, sample.child) for sample in warm]
        return {
            "daemon": _held(daemon),
            "child": {"lives": len(lives), **_held(child)},
            "course_mib": _course(self.samples),
        }


def _held(points: Sequence[tuple[float, Use]]) -> dict[str, Any]:
    return {
        **_curve([(at, use.memory) for at, use in points]),
        "open_files": _floor([use.files for _, use in points]),
        "threads": _floor([use.threads for _, use in points]),
    }


def _floor(counts: Sequence[int]) -> dict[str, int]:
    """The lowest count of the first third and of the last: what is in use comes and goes, a leak stays."""
    third = max(1, len(counts) // 3)
    return {"first": min(counts[:third]), "last": min(counts[-third:]), "peak": max(counts)}


def _curve(points: Sequence[tuple[float, int]]) -> dict[str, float]:
    """First, last and highest value in MiB, and the slope of a line through all in MiB per hour."""
    seconds, sizes = [at for at, _ in points], [size / MIB for _, size in points]
    slope = linear_regression(seconds, sizes).slope if len(points) > 1 else 0.0
    return {
        "seconds": round(seconds[-1] - seconds[0], 1),
        "first_mib": round(sizes[0], 1),
        "last_mib": round(sizes[-1], 1),
        "peak_mib": round(max(sizes), 1),
        "slope_mib_per_hour": round(slope * 3600, 2),
    }


def _course(samples: Sequence[Sample]) -> dict[str, list[float]]:
    """At most sixty of the samples, evenly taken; the child is 0 while there is none."""
    some = samples[:: max(1, len(samples) // 60)]
    return {
        "seconds": [round(sample.at) for sample in some],
        "daemon": [round(sample.daemon.memory / MIB, 1) for sample in some],
        "child": [round(sample.child.memory / MIB, 1) for sample in some],
    }


@dataclass(slots=True)
class Trouble:
    """Kills the model's process and switches generations, at random moments.

    Attributes:
        daemon: its first child is the model's process.
        session: sends the token.
        generations: any of them may answer.
        killed_at: when the last kill was (`time.monotonic()`).
    """

    daemon: psutil.Process
    session: aiohttp.ClientSession
    generations: Sequence[str]
    chance: random.Random
    kills: int = 0
    killed_at: float = 0.0
    switches: int = 0
    refused: int = 0

    async def kill(self, until: float, every_s: float) -> None:
        """SIGKILL the child again and again, mostly a loaded one, until `time.monotonic()` is `until`."""
        while await self._pause(until, every_s):
            if self.chance.random() < 0.75:
                await self.wait_until_ready()
            with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                self.daemon.children()[0].kill()
                self.kills += 1
                self.killed_at = time.monotonic()

    async def switch(self, until: float, every_s: float) -> None:
        """Let another generation answer, again and again."""
        while await self._pause(until, every_s):
            body = {"generation": self.chance.choice(self.generations)}
            with contextlib.suppress(TimeoutError):  # a busy machine may need minutes to load the model again
                async with self.session.put("/v1/models/active", json=body) as answer:
                    self.switches += answer.status == 200
                    self.refused += answer.status != 200  # the child was killed meanwhile

    async def wait_until_ready(self) -> None:
        """Wait until the model is loaded."""
        while True:
            async with self.session.get("/health") as answer:
                if (await answer.json())["status"] == "ready":
                    return
            await asyncio.sleep(0.1)

    async def _pause(self, until: float, every_s: float) -> bool:
        wait = self.chance.uniform(0.5, 1.5) * every_s
        if time.monotonic() + wait >= until:
            return False
        await asyncio.sleep(wait)
        return True
