"""A desktop without a screen on which Orca reads: its display, its buses, its keys, and what it says."""

import asyncio
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

_BUS_LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")
_PROGRAMS = ("orca", "Xvfb", "openbox", "xdotool", "dbus-daemon")
_SYSTEM_PYTHON = "/usr/bin/python3"  # Orca is a module of this one
_START_S = 60.0

_MANAGER_S = 5.0

_QUIET_S = 0.1  # Orca has finished when it said nothing for so long

_PATIENCE_S = 5.0


def missing_programs() -> list[str]:
    """What `packaging/need-for-tests` would install."""
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    return missing if _BUS_LAUNCHER.exists() else [*missing, _BUS_LAUNCHER.name]


@dataclass(frozen=True)
class Reader:
    """A running Orca."""

    environment: dict[str, str]
    log: Path

    def spoken(self) -> list[str]:
        """Everything that it has said so far, one entry per utterance."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    async def press(self, *keys: str) -> str:
        """Press one key after the other and return what was said, up to the next silence."""
        before = len(self.spoken())
        await self._xdotool("key", "--clearmodifiers", *keys)
        return await self.listen(before)

    async def listen(self, before: int, quiet_s: float = _QUIET_S) -> str:
        """What is said from utterance `before` on, up to a silence so long; empty when nothing is."""
        count, now = before, time.monotonic()
        ends_at, last_at = now + _PATIENCE_S, now
        while now < (ends_at if count == before else last_at + quiet_s):
            await asyncio.sleep(0.03)
            now = time.monotonic()
            if (heard := len(self.spoken())) > count:
                count, last_at = heard, now
        return " ".join(self.spoken()[before:])

    async def wait_for(self, before: int, words: str) -> list[str]:
        """What is said from utterance `before` on, up to the silence after these words."""
        ends_at = time.monotonic() + _START_S
        while words not in (heard := await self.listen(before)):
            assert time.monotonic() < ends_at, f"{words!r} is not in {heard!r}"
        return self.spoken()[before:]

    async def type(self, text: str) -> None:
        """Type into what has the focus."""
        await self._xdotool("type", "--clearmodifiers", text)

    async def activate(self, title: str) -> None:
        """Give the keyboard to the window with this title."""
        ends_at = time.monotonic() + _START_S
        search = ("search", "--sync", "--onlyvisible", "--name", title, "windowactivate", "--sync")
        while not await self._runs(*search):  # a window that closes meanwhile ends the search
            assert time.monotonic() < ends_at, f"no window is called {title!r}"

    async def _xdotool(self, *arguments: str) -> None:
        assert await self._runs(*arguments), arguments[0]

    async def _runs(self, *arguments: str) -> bool:
        process = await asyncio.create_subprocess_exec("xdotool", *arguments, env=self.environment)
        return await asyncio.wait_for(process.wait(), _START_S) == 0


@contextmanager
def start_orca(folder: Path) -> Iterator[Reader]:
    """A display, a bus, a window manager and Orca, at home in `folder`, until the block ends."""
    with ExitStack() as running:
        environment = _environment(folder)

        def start(*command: str) -> subprocess.Popen[bytes]:
            log = running.enter_context((folder / f"{Path(command[0]).name}.log").open("wb"))
            process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log)
            running.callback(_end, process)
            return process

        environment["DISPLAY"] = ":" + _first_line(
            start("Xvfb", "-displayfd", "1", "-screen", "0", "1200x1000x24", "-nolisten", "tcp")
        )
        bus = start("dbus-daemon", "--session", "--nofork", "--print-address")
        environment["DBUS_SESSION_BUS_ADDRESS"] = _first_line(bus)
        start(str(_BUS_LAUNCHER), "--launch-immediately", "--a11y=1", "--screen-reader=1")
        ends_at = time.monotonic() + _START_S
        while not _manages_windows(environment, manager := start("openbox")):
            assert time.monotonic() < ends_at, (folder / "openbox.log").read_text()
            _end(manager)
        log = folder / "spoken.jsonl"
        log.touch()
        start(_SYSTEM_PYTHON, str(Path(__file__).with_name("speaking_orca.py")), str(log))
        reader = Reader(environment, log)
        ends_at = time.monotonic() + _START_S
        while not reader.spoken():  # it greets
            assert time.monotonic() < ends_at, (folder / "python3.log").read_text()
            time.sleep(0.1)
        yield reader


def _environment(folder: Path) -> dict[str, str]:
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    return {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "TMPDIR")},
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(runtime),
        "LC_ALL": "C.UTF-8",
        "ACCESSIBILITY_ENABLED": "1",  # Chromium asks this variable
        "GNOME_ACCESSIBILITY": "1",  # and Firefox this one
    }


def _manages_windows(environment: dict[str, str], manager: subprocess.Popen[bytes]) -> bool:
    """Whether windows can be made the active one by now; openbox may hang or end when it starts."""
    ends_at = time.monotonic() + _MANAGER_S
    ask = ("xdotool", "get_desktop")
    while subprocess.run(ask, env=environment, capture_output=True, check=False).returncode != 0:
        if manager.poll() is not None or time.monotonic() > ends_at:
            return False
        time.sleep(0.1)
    return True


def _first_line(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().decode().strip()
    assert line, f"{process.args!r} did not start"
    return line


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    assert process.stdout is not None
    process.stdout.close()
