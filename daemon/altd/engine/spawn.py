"""How the model's process is started, listened to and ended, and how patient its parent is."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
from asyncio.subprocess import Process
from dataclasses import dataclass
from typing import TypeVar

from altd.engine.remote.keys import KEY_VARIABLE

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds.

    Attributes:
        first_backoff: wait before the first new start; doubled for each further one.
        max_backoff: the longest such wait.
        decode: the longest that opening a picture may take.
        silence: the longest time without a word from a process that works.
        load: the longest time without a word from a process that loads.
        goodbye: how long the process may take to end by itself, and again after SIGTERM.
        idle: without work for so long, the process is ended until the next work comes.
    """

    first_backoff: float = 0.2
    max_backoff: float = 300.0
    decode: float = 15.0
    silence: float = 300.0
    load: float = 600.0
    goodbye: float = 2.0
    idle: float = math.inf


def child_environment(threads: int) -> dict[str, str]:
    """This process's environment with every library offline, silent and on few threads.

    The remote server's key stays out: the child opens strangers' pictures.
    """
    return {name: value for name, value in os.environ.items() if name != KEY_VARIABLE} | {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "DO_NOT_TRACK": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": str(threads),
        # GNU OpenMP spins for milliseconds at every wait: time that the thread reading the next picture lacks
        "GOMP_SPINCOUNT": "2000",
        # glibc otherwise raises both thresholds with each large tensor that it frees, and keeps what follows
        # (mallopt(3)): under steady load the child held 955 MiB, with these 705. The price is that blocks are
        # faulted in anew, 172 ms to read a picture where 32 MiB make it 105. Huge pages win most of that back
        # (114), but the child that had them grew by 54 MiB in half an hour of load
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
        "MALLOC_TRIM_THRESHOLD_": str(1 << 20),
        "PYTHONUNBUFFERED": "1",
    }


async def copy_log(process: Process, log: logging.Logger) -> None:
    """The child's prints and warnings, into the daemon's log, without control characters and capped."""
    assert process.stderr is not None
    while chunk := await process.stderr.read(4096):
        for line in chunk.decode("utf-8", "replace").splitlines():
            log.info("%s", "".join(char if char.isprintable() else " " for char in line[:500]))


async def gone(process: Process, seconds: float) -> bool:
    """Whether the process ends by itself within so many seconds."""
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def end(process: Process, goodbye: float) -> None:
    """Reap a process, the gentle way first: its input closed, then SIGTERM, then SIGKILL."""
    if process.stdin is not None:
        process.stdin.close()
    for signal in (process.terminate, process.kill):
        if await gone(process, goodbye):
            return
        with contextlib.suppress(ProcessLookupError):
            signal()
    await process.wait()


async def next_within(inbox: asyncio.Queue[T], seconds: float) -> T:
    """Take from a queue, waiting so long at most; time in which this process stood still hardly counts.

    After a machine slept or a process was stopped, a clock says that the other side was silent for hours.
    It stood still as well, so the wait is made of short ones, and only those count.

    Raises:
        TimeoutError: nothing came.
    """
    for _ in range(10 * max(1, math.ceil(seconds / 10))):
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(inbox.get(), min(1.0, seconds / 10))
    raise TimeoutError
