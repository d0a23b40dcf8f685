"""Running the trainer: a child process, since it needs what the command line must not import."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence

import psutil


def trainer_command(arguments: Sequence[str]) -> list[str]:
    """Return the command line of the trainer."""
    return [sys.executable, "-m", "altd_trainer", *arguments]


def trainer_environment() -> dict[str, str]:
    """This process's environment for the trainer, which is to leave the cores to whoever needs them.

    GNU OpenMP otherwise spins for milliseconds at every wait: beside a daemon at work a step of training took
    several times as long, and took the daemon's core as well. What the user sets stays.
    """
    return {"GOMP_SPINCOUNT": "2000", **os.environ}


def let_others_first(pid: int) -> None:
    """Give a process that was just started the lowest priority: a description is waited for, it is not."""
    with contextlib.suppress(psutil.Error):  # it has ended already, and its end is told elsewhere
        psutil.Process(pid).nice(psutil.IDLE_PRIORITY_CLASS if os.name == "nt" else 19)


def pass_through(arguments: Sequence[str]) -> int:
    """Run the trainer on this terminal and return its exit code."""
    return subprocess.run(trainer_command(arguments), check=False, env=trainer_environment()).returncode
