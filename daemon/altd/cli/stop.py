"""`altd stop`."""

from __future__ import annotations

import os
import signal
import time

import click
import psutil

from altd.cli._client import need_client
from altd.cli._output import emit
from altd.errors import AltdError
from altd.paths import Paths
from altd.server.instance import is_locked

_PATIENCE_S = 30.0


@click.command()
def command() -> None:
    """Stop the daemon and wait until it is gone."""
    paths = Paths.default()
    info = need_client(paths).info
    os.kill(info.pid, signal.SIGTERM)
    until = time.monotonic() + _PATIENCE_S
    while is_locked(paths) or _lives(info.pid):
        if time.monotonic() > until:
            raise AltdError("stop_failed")
        time.sleep(0.05)
    emit("altd has stopped.")


def _lives(pid: int) -> bool:
    """Return whether a process still runs; one that ended but was not collected does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
