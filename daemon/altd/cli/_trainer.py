"""Running the trainer: a child process, since it needs what the command line must not import."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence


def trainer_command(arguments: Sequence[str]) -> list[str]:
    """Return the command line of the trainer."""
    return [sys.executable, "-m", "altd_trainer", *arguments]


def pass_through(arguments: Sequence[str]) -> int:
    """Run the trainer on this terminal and return its exit code."""
    return subprocess.run(trainer_command(arguments), check=False).returncode
