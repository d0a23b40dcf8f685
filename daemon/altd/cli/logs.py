"""`altd logs`."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path
from typing import IO

import click

from altd.cli._output import emit
from altd.errors import AltdError
from altd.paths import Paths

_LOOK_EVERY_S = 0.3


@click.command()
@click.option("-f", "--follow", is_flag=True, help="Go on printing new lines until Ctrl+C.")
@click.option("-n", "--lines", type=click.IntRange(0), default=50, show_default=True, help="How many lines.")
def command(follow: bool, lines: int) -> None:
    """Show the daemon's log: its last lines."""
    path = Paths.default().log_file
    if not path.is_file():
        raise AltdError("file_unreadable", f"There is no log yet at {path}; `altd start` makes one.")
    file: IO[str] = path.open(encoding="utf-8", errors="replace")
    for line in deque(file, maxlen=lines):
        emit(line.rstrip("\n"))
    while follow:
        time.sleep(_LOOK_EVERY_S)
        file = _reopen_if_rotated(file, path)
        for line in file:
            emit(line.rstrip("\n"))


def _reopen_if_rotated(file: IO[str], path: Path) -> IO[str]:
    """Return the file that now has the name, once the old one is read to its end."""
    if not path.exists() or path.stat().st_size >= file.tell():
        return file
    file.close()
    return path.open(encoding="utf-8", errors="replace")
