"""`altd start`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import click

from altd.cli._client import health
from altd.cli._offer import offer_model
from altd.cli._output import emit, note
from altd.config import Settings
from altd.errors import AltdError
from altd.paths import Paths
from altd.server.instance import Info, is_locked, running_daemon

_PATIENCE_S = 60.0


@click.command()
@click.option("--foreground", is_flag=True, help="Stay in this terminal; Ctrl+C stops.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port on the loopback interface.")
def command(foreground: bool, port: int | None) -> None:
    """Start the daemon.

    Returns as soon as it answers; the model may still be loading then (`altd status` says).
    """
    paths = Paths.default()
    settings = Settings.load(paths.config_file)
    if not foreground or sys.stderr.isatty():  # not in the background's own process
        offer_model(paths, settings)
        settings = Settings.load(paths.config_file)
    if port is not None:
        settings = replace(settings, port=port)
    if foreground:
        from altd.server.daemon import run_daemon  # aiohttp and pydantic: only where a server runs

        run_daemon(paths, settings, lambda info: note(_line(info)))
        return
    emit(_line(_start_in_background(paths, settings.port)))


def ensure_started(paths: Paths) -> Info:
    """Return the running daemon, and start one in the background when there is none."""
    return running_daemon(paths) or _start_in_background(paths, Settings.load(paths.config_file).port)


def _line(info: Info) -> str:
    return f"altd {info.version} is running at {info.url} (process {info.pid})."


def _start_in_background(paths: Paths, port: int) -> Info:
    if is_locked(paths):
        raise AltdError("already_running")
    paths.ensure()
    paths.info_file.unlink(missing_ok=True)
    with (paths.run_dir / "start.log").open("wb") as messages:
        child = subprocess.Popen(
            [sys.executable, "-m", "altd", "start", "--foreground", "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=messages,
            start_new_session=True,
            creationflags=0x00000208 if os.name == "nt" else 0,  # detached, own process group
        )
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        if child.poll() is not None:
            raise _failure(paths, child.returncode)
        if paths.info_file.exists() and (info := running_daemon(paths)) is not None and health(info):
            return info
        time.sleep(0.05)
    child.terminate()
    raise AltdError("start_failed")


def _failure(paths: Paths, exit_code: int) -> AltdError:
    """Hand on what the child said and the exit code it ended with; on a full disk it could say nothing."""
    if not shutil.disk_usage(paths.run_dir).free:
        return AltdError("disk_full")
    said = (paths.run_dir / "start.log").read_text(encoding="utf-8", errors="replace").strip()
    error = AltdError("start_failed", said.splitlines()[-1].removeprefix("altd: ") if said else None)
    error.exit_code = exit_code if exit_code > 0 else error.exit_code
    return error
