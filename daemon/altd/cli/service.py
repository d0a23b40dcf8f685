"""`altd service`."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from altd.cli._output import emit, emit_json, emit_pairs, json_option, note
from altd.cli._units import Unit, launchd_agent, systemd_unit, windows_task
from altd.errors import AltdError
from altd.paths import HOME_VARIABLE, Paths
from altd.server.instance import is_locked, running_daemon

MANAGER_VARIABLE = "ALTD_SERVICE_MANAGER"
"""Runs in place of systemctl, launchctl or schtasks, so that a test never touches a real session."""

_PATIENCE_S = 60


@click.group()
def command() -> None:
    """Start altd with your session: systemd on Linux, launchd on macOS, a logon task on Windows."""


@command.command()
@click.option("--print", "only_print", is_flag=True, help="Print the file and change nothing.")
def install(only_print: bool) -> None:
    """Let altd start when you log in, and start it now."""
    unit = unit_here()
    if only_print:
        emit(unit.content.decode("utf-16" if unit.path.suffix == ".xml" else "utf-8").rstrip())
        return
    if is_locked(Paths.default()):
        raise AltdError(
            "already_running", "The daemon is running outside the service; `altd stop` first, then install."
        )
    unit.path.parent.mkdir(parents=True, exist_ok=True)
    unit.path.write_bytes(unit.content)
    for line in unit.install:
        _run(line)
    emit(f"{unit.path} is installed.")
    note(unit.hint)


@command.command()
def uninstall() -> None:
    """Stop altd and let it no longer start when you log in."""
    unit = unit_here()
    if not unit.path.exists():
        emit("The service is not installed.")
        return
    for line in unit.uninstall:
        _run(line, must_work=False)  # the file goes, whatever the manager still knew of it
    unit.path.unlink()
    for line in unit.refresh:
        _run(line, must_work=False)
    emit(f"{unit.path} is removed.")


@command.command()
@json_option
def status(as_json: bool) -> None:
    """Say whether the service is installed, known to the system and running."""
    unit = unit_here()
    installed = unit.path.exists()
    state = {
        "installed": installed,
        "file": str(unit.path),
        "current": installed and unit.path.read_bytes() == unit.content,
        "enabled": installed and _run(unit.probe, must_work=False),
        "running": running_daemon(Paths.default()) is not None,
    }
    if as_json:
        emit_json(state)
        return
    emit_pairs(
        {name: "yes" if value is True else "no" if value is False else value for name, value in state.items()}
    )
    if installed and not state["current"]:
        note("Its file is of another installation; `altd service install` renews it.")


def unit_here() -> Unit:
    """Return this platform's service.

    Raises:
        AltdError: `service_unsupported`.
    """
    program = (sys.executable, "-m", "altd", "start", "--foreground")
    home = os.environ.get(HOME_VARIABLE)
    environment = {HOME_VARIABLE: str(Path(home).expanduser().absolute())} if home else {}
    if sys.platform == "win32":
        windowless = Path(sys.executable).with_name("pythonw.exe")
        user = f"{os.environ.get('USERDOMAIN', '.')}\\{getpass.getuser()}"
        return windows_task((str(windowless), *program[1:]), user, Paths.default().run_dir)
    if sys.platform == "darwin":
        return launchd_agent(program, environment, Path.home(), os.getuid())
    if MANAGER_VARIABLE not in os.environ and shutil.which("systemctl") is None:
        raise AltdError("service_unsupported")
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return systemd_unit(program, environment, config)


def _run(line: Sequence[str], *, must_work: bool = True) -> bool:
    """Run a manager's command; what it says against it goes to stderr."""
    manager = os.environ.get(MANAGER_VARIABLE, line[0])
    try:
        done = subprocess.run(
            [manager, *line[1:]], capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        raise AltdError("service_failed", f"{line[0]} cannot be run or does not answer.") from None
    if done.returncode and must_work:
        said = (done.stderr or done.stdout).strip().splitlines()
        note(said[-1] if said else "")
        raise AltdError("service_failed", f"`{' '.join(line)}` failed; run it yourself to see why.")
    return done.returncode == 0
