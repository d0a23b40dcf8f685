"""Running the real command."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


def altd(*arguments: str, stdin: bytes | None = None, timeout: float = 120) -> Outcome:
    """Run `altd` with this test's environment; warnings of Python are errors in it."""
    command = [sys.executable, "-W", "error", "-m", "altd", *arguments]
    done = subprocess.run(command, input=stdin or b"", capture_output=True, timeout=timeout, check=False)
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
