"""How the model's process is started, listened to and ended, and how patient its parent is."""

from __future__ import annotations

import asyncio
import logging
import os
from asyncio.subprocess import Process
from dataclasses import dataclass

from altd.engine.remote.keys import KEY_VARIABLE


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
    """

    first_backoff: float = 0.2
    max_backoff: float = 300.0
    decode: float = 15.0
    silence: float = 300.0
    load: float = 600.0
    goodbye: float = 2.0


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
