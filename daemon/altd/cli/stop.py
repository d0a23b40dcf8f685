"""`altd stop`."""

from __future__ import annotations

import os
import signal
import time

import click

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
    while is_locked(paths):
        if time.monotonic() > until:
            raise AltdError("stop_failed")
        time.sleep(0.05)
    emit("altd has stopped.")
