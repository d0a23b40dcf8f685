"""What makes altd start with the session, as text: a systemd unit, a launchd agent, a Windows logon task.

Pure functions of what is to run and where, so that every platform's file can be tested on any. Nothing here
runs a service manager; `service.py` does.
"""

from __future__ import annotations

import plistlib
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

NAME = "altd"
LABEL = "org.altd.daemon"
_ABOUT = "altd: alt text for images that have none, written on this machine"
_NO_RETRY = "2 5 6"
"""Exit codes that a new start cannot mend: usage, hardware unfit, already running or port taken."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A service of one platform.

    Attributes:
        path: where its file belongs.
        content: the file's bytes.
        install: commands that make the manager know and start it, in order.
        uninstall: commands that stop it and make the manager forget it, before the file is deleted.
        refresh: commands after the file is deleted.
        probe: a command that ends with 0 when the manager knows it.
        hint: one sentence for after the installation.
    """

    path: Path
    content: bytes
    install: tuple[tuple[str, ...], ...]
    uninstall: tuple[tuple[str, ...], ...]
    refresh: tuple[tuple[str, ...], ...]
    probe: tuple[str, ...]
    hint: str


def systemd_unit(program: Sequence[str], environment: Mapping[str, str], config: Path) -> Unit:
    """Return the systemd user unit.

    Args:
        program: the command line that stays in the foreground.
        environment: what it must find set.
        config: the user's `~/.config`.
    """
    variables = [f"Environment={_systemd_word(f'{name}={value}')}" for name, value in environment.items()]
    lines = [
        "[Unit]",
        f"Description={_ABOUT}",
        "StartLimitIntervalSec=300",
        "StartLimitBurst=5",
        "",
        "[Service]",
        "Type=exec",
        f"ExecStart={' '.join(_systemd_word(word, command=True) for word in program)}",
        *variables,
        "Restart=on-failure",
        "RestartSec=5",
        f"RestartPreventExitStatus={_NO_RETRY}",
        "TimeoutStopSec=20",
        "UMask=0077",
        "NoNewPrivileges=yes",
        "",
        "[Install]",
        "WantedBy=default.target",
        "",
    ]
    manager, unit = ("systemctl", "--user"), f"{NAME}.service"
    return Unit(
        path=config / "systemd" / "user" / unit,
        content="\n".join(lines).encode(),
        install=((*manager, "daemon-reload"), (*manager, "enable", "--now", unit)),
        uninstall=((*manager, "disable", "--now", unit),),
        refresh=((*manager, "daemon-reload"),),
        probe=(*manager, "is-enabled", "--quiet", unit),
        hint="It starts when you log in; `loginctl enable-linger` lets it start with the machine.",
    )


def launchd_agent(program: Sequence[str], environment: Mapping[str, str], home: Path, user: int) -> Unit:
    """Return the launchd agent; `home` is the user's home directory, `user` the numeric id."""
    agent: dict[str, object] = {
        "Label": LABEL,
        "ProgramArguments": list(program),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 30,
        "ExitTimeOut": 20,
        "Umask": 0o077,
    }
    if environment:
        agent["EnvironmentVariables"] = dict(environment)
    path, domain = home / "Library" / "LaunchAgents" / f"{LABEL}.plist", f"gui/{user}"
    return Unit(
        path=path,
        content=plistlib.dumps(agent),
        install=(("launchctl", "bootstrap", domain, str(path)),),
        uninstall=(("launchctl", "bootout", f"{domain}/{LABEL}"),),
        refresh=(),
        probe=("launchctl", "print", f"{domain}/{LABEL}"),
        hint="It starts when you log in.",
    )


def windows_task(program: Sequence[str], user: str, folder: Path) -> Unit:
    """Return the Windows logon task: it runs as the user, in the user's session, which a service could not.

    Args:
        program: the command line; its variables come from the user's own environment (`setx`).
        user: `DOMAIN\\name`.
        folder: where the task's file is kept.
    """
    path = folder / "altd-task.xml"
    text = _TASK.format(
        about=escape(_ABOUT),
        user=escape(user),
        command=escape(str(program[0])),
        arguments=escape(subprocess.list2cmdline(program[1:])),
    )
    return Unit(
        path=path,
        content=text.replace("\n", "\r\n").encode("utf-16"),
        install=(
            ("schtasks", "/Create", "/F", "/TN", NAME, "/XML", str(path)),
            ("schtasks", "/Run", "/TN", NAME),
        ),
        uninstall=(("schtasks", "/End", "/TN", NAME), ("schtasks", "/Delete", "/F", "/TN", NAME)),
        refresh=(),
        probe=("schtasks", "/Query", "/TN", NAME),
        hint="It starts when you log in.",
    )


def _systemd_word(word: str, *, command: bool = False) -> str:
    """One word as systemd reads it (systemd.syntax(7), systemd.service(5) "Command lines")."""
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("\n", "\\n")
    if command:
        quoted = quoted.replace("$", "$$")
    return quoted if re.fullmatch(r"[\w@%+=:,./-]+", quoted) else f'"{quoted}"'


_TASK = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>{about}</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>{user}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{user}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>3</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{command}</Command>
      <Arguments>{arguments}</Arguments>
    </Exec>
  </Actions>
</Task>
"""
