"""The files that let altd start with the session: as platforms read them, and as the command uses them."""

from __future__ import annotations

import json
import plistlib
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from altd.cli._units import LABEL, launchd_agent, systemd_unit, windows_task
from daemon.cli.processes import altd

PROGRAM = ("/opt/my apps/100%/python", "-m", "altd", "start", "--foreground")
HOME = {"ALTD_HOME": '/data/"alt"/$x'}

SYSTEMD = r"""[Unit]
Description=altd: alt text for images that have none, written on this machine
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=exec
ExecStart="/opt/my apps/100%%/python" -m altd start --foreground
Environment="ALTD_HOME=/data/\"alt\"/$x"
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=2 5 6
TimeoutStopSec=20
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


def test_systemd() -> None:
    unit = systemd_unit(PROGRAM, HOME, Path("/home/a/.config"))
    assert unit.content.decode() == SYSTEMD
    assert unit.path == Path("/home/a/.config/systemd/user/altd.service")
    assert unit.install[-1] == ("systemctl", "--user", "enable", "--now", "altd.service")


def test_a_dollar_in_the_command_is_no_variable() -> None:
    unit = systemd_unit(("/opt/$HOME/python",), {}, Path())
    assert 'ExecStart="/opt/$$HOME/python"' in unit.content.decode()
    assert "Environment" not in unit.content.decode()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_itself_has_nothing_to_say(tmp_path: Path) -> None:
    program = tmp_path / "my apps" / "100%" / "python"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = systemd_unit((str(program), *PROGRAM[1:]), HOME, tmp_path)
    unit.path.parent.mkdir(parents=True)
    unit.path.write_bytes(unit.content)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit.path], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if unit.path.name in line] == []


def test_launchd() -> None:
    unit = launchd_agent(PROGRAM, HOME, Path("/Users/a"), 501)
    assert plistlib.loads(unit.content) == {
        "Label": LABEL,
        "ProgramArguments": list(PROGRAM),
        "EnvironmentVariables": HOME,
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 30,
        "ExitTimeOut": 20,
        "Umask": 0o077,
    }
    assert unit.path == Path("/Users/a/Library/LaunchAgents/org.altd.daemon.plist")
    assert unit.install == (("launchctl", "bootstrap", "gui/501", str(unit.path)),)
    assert "EnvironmentVariables" not in plistlib.loads(launchd_agent(PROGRAM, {}, Path(), 1).content)


def test_windows() -> None:
    program = (r"C:\Program Files\R&D\pythonw.exe", "-m", "altd", "start", "--foreground", "a b")
    unit = windows_task(program, r"HOME\Zoë <1>", Path("run"))
    root = ElementTree.fromstring(unit.content.decode("utf-16"))
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    found = {element.tag.removeprefix(space): element.text for element in root.iter()}
    assert found["Command"] == program[0]
    assert found["Arguments"] == '-m altd start --foreground "a b"'
    assert [element.text for element in root.iter(f"{space}UserId")] == [r"HOME\Zoë <1>"] * 2
    assert (found["LogonType"], found["RunLevel"]) == ("InteractiveToken", "LeastPrivilege")
    assert (found["ExecutionTimeLimit"], found["DisallowStartIfOnBatteries"]) == ("PT0S", "false")
    assert unit.content.startswith(b"\xff\xfe")  # schtasks wants UTF-16 with its mark
    assert b"\r\x00\n\x00" in unit.content


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in systemctl's place that writes down what it is asked; `fail` beside it makes it fail."""
    program = tmp_path / "manager"
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n'
        f'[ ! -e {tmp_path}/fail ] || {{ echo "no bus" >&2; exit 1; }}\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("ALTD_SERVICE_MANAGER", str(program))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def test_from_install_to_uninstall(manager: Path) -> None:
    unit = manager / "config" / "systemd" / "user" / "altd.service"
    installed = altd("service", "install")
    assert installed.code == 0, installed.err
    assert installed.out == f"{unit} is installed.\n"
    assert "loginctl enable-linger" in installed.err
    state = json.loads(altd("service", "status", "--json").out)
    assert state == {
        "installed": True,
        "file": str(unit),
        "current": True,
        "enabled": True,
        "running": False,
    }
    assert altd("service", "uninstall").code == 0
    assert not unit.exists()
    assert (manager / "asked").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now altd.service",
        "--user is-enabled --quiet altd.service",
        "--user disable --now altd.service",
        "--user daemon-reload",
    ]


def test_a_manager_that_refuses(manager: Path) -> None:
    (manager / "fail").touch()
    outcome = altd("service", "install")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.splitlines()[0] == "no bus"
    assert "systemctl --user daemon-reload" in outcome.err.splitlines()[1]


def test_printing_changes_nothing(manager: Path) -> None:
    assert "ExecStart=" in altd("service", "install", "--print").out
    assert not (manager / "config").exists()
    assert not (manager / "asked").exists()
