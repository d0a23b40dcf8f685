"""What lets a browser start altd: a manifest that names the one extension, and a launcher of its own.

The launcher tells the program which browser it was made for, so that its token can be named after it,
and where `ALTD_HOME` is: a browser started from a menu does not know the terminal's environment.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from altd.pairing.browsers import CHROMIUM_ID, GECKO_ID, HOST, Browser, Places
from altd.paths import HOME_VARIABLE, Paths, private_directory, write_private

PROGRAM = "altd.cli.native_host"
State = Literal["absent", "outdated", "current"]


@dataclass(frozen=True, slots=True)
class Registration:
    """A browser's permission to start altd.

    Attributes:
        manifest: the file the browser reads.
        launcher: the program it starts.
        script: the launcher's text.
        key: the registry key below `HKEY_CURRENT_USER` that names the manifest; None but on Windows.
    """

    browser: Browser
    manifest: Path
    launcher: Path
    script: str
    key: str | None

    @property
    def content(self) -> bytes:
        """The manifest's bytes."""
        return (json.dumps(manifest(self.browser, str(self.launcher)), indent=2) + "\n").encode()


def manifest(browser: Browser, path: str) -> dict[str, Any]:
    """Return the manifest of a launcher: exactly our extension may start it."""
    allowed = (
        {"allowed_extensions": [GECKO_ID]}
        if browser.gecko
        else {"allowed_origins": [f"chrome-extension://{CHROMIUM_ID}/"]}
    )
    about = "altd: alt text for images that have none, written on this machine"
    return {"name": HOST, "description": about, "path": path, "type": "stdio", **allowed}


def registration(browser: Browser, paths: Paths, places: Places, data: Path | None = None) -> Registration:
    """Return what stands, or would stand, for a browser.

    Args:
        data: the browser's data folder where it was started with one of its own.
    """
    own = paths.database.parent / "native"
    if places.platform == "win32":
        key = rf"Software\{browser.registry}\NativeMessagingHosts\{HOST}"
        script = _batch(browser)
        return Registration(browser, own / f"{browser.name}.json", own / f"{browser.name}.bat", script, key)
    folder = data / browser.folder if data else places.programs(browser)
    return Registration(browser, folder / f"{HOST}.json", own / browser.name, _shell(browser), None)


def install(entry: Registration) -> None:
    """Write launcher and manifest; what stood there before is replaced.

    Raises:
        OSError: when a folder cannot be written.
    """
    private_directory(entry.launcher.parent)
    write_private(entry.launcher, entry.script.encode())
    entry.launcher.chmod(0o700)
    entry.manifest.parent.mkdir(parents=True, exist_ok=True)
    write_private(entry.manifest, entry.content)
    if entry.key:
        _register(entry.key, entry.manifest)


def remove(entry: Registration) -> bool:
    """Take the permission back; return whether there was one."""
    there = state(entry) != "absent"
    entry.manifest.unlink(missing_ok=True)
    entry.launcher.unlink(missing_ok=True)
    if entry.key:
        _unregister(entry.key)
    return there


def state(entry: Registration) -> State:
    """Return whether the permission is there and would start this installation."""
    if not entry.manifest.is_file() or (entry.key and _registered(entry.key) != str(entry.manifest)):
        return "absent"
    try:
        same = (
            entry.manifest.read_bytes() == entry.content
            and entry.launcher.read_bytes() == entry.script.encode()
            and os.access(entry.launcher, os.X_OK)
        )
    except OSError:
        return "outdated"
    return "current" if same else "outdated"


def _home() -> str | None:
    home = os.environ.get(HOME_VARIABLE)
    return str(Path(home).expanduser().absolute()) if home else None


def _shell(browser: Browser) -> str:
    home = _home()
    lines = ["#!/bin/sh", f"# {browser.title} starts this when altd's extension asks."]
    if home:
        lines.append(f"export {HOME_VARIABLE}={shlex.quote(home)}")
    # -P: the folder that the browser happens to be in holds no module of ours.
    lines.append(f'exec {shlex.quote(sys.executable)} -P -m {PROGRAM} {browser.name} "$@"')
    return "\n".join(lines) + "\n"


def _batch(browser: Browser) -> str:
    home = _home()
    lines = ["@echo off"]
    if home:
        lines.append(f'set "{HOME_VARIABLE}={home.replace("%", "%%")}"')
    lines.append(f'"{sys.executable.replace("%", "%%")}" -P -m {PROGRAM} {browser.name} %*')
    return "\r\n".join(lines) + "\r\n"


def _register(key: str, manifest: Path) -> None:
    if sys.platform == "win32":
        import winreg

        winreg.SetValue(winreg.HKEY_CURRENT_USER, key, winreg.REG_SZ, str(manifest))


def _unregister(key: str) -> None:
    if sys.platform == "win32":
        import contextlib
        import winreg

        with contextlib.suppress(FileNotFoundError):
            winreg.DeleteKey(winreg.HKEY_CURRENT_USER, key)


def _registered(key: str) -> str | None:
    if sys.platform == "win32":
        import winreg

        try:
            return winreg.QueryValue(winreg.HKEY_CURRENT_USER, key)
        except FileNotFoundError:
            return None
    return None
