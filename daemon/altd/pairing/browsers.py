"""The browsers that can pair without a code, and where each looks for the programs it may start.

Sources: "Native messaging" (developer.chrome.com), "Native manifests" (MDN), "Native messaging"
(learn.microsoft.com, Edge); Brave reads Chrome's registry key on Windows, as KeePassXC found.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HOST = "org.altd.host"
CHROMIUM_ID = "ncjemekfcklmoobalfblhafnfpdkbjmo"
"""What Chromium derives from the key in the extension's manifest."""
GECKO_ID = "altd@altd.example"
EXTENSION_ORIGIN = r"(chrome-extension://[a-p]{32}|moz-extension://[0-9a-f-]{36})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """A browser.

    Attributes:
        name: what people type.
        title: its own name.
        linux: its folder below `~/.config`, or below the home directory when it begins with a dot.
        macos: its folder below `~/Library/Application Support`.
        registry: its key below `HKEY_CURRENT_USER\\Software`.
        sealed: folders below the home directory that only a snap or flatpak of it has; such a one
            may not start programs.
        gecko: whether it is Firefox's kind, which names extensions by an id instead of an origin.
    """

    name: str
    title: str
    linux: str
    macos: str
    registry: str
    sealed: tuple[str, ...]
    gecko: bool = False

    @property
    def folder(self) -> str:
        """What the folder of programs is called on Linux."""
        return "native-messaging-hosts" if self.gecko else "NativeMessagingHosts"


BROWSERS: dict[str, Browser] = {
    browser.name: browser
    for browser in (
        Browser(
            name="chrome",
            title="Chrome",
            linux="google-chrome",
            macos="Google/Chrome",
            registry=r"Google\Chrome",
            sealed=(".var/app/com.google.Chrome",),
        ),
        Browser(
            name="chromium",
            title="Chromium",
            linux="chromium",
            macos="Chromium",
            registry="Chromium",
            sealed=("snap/chromium", ".var/app/org.chromium.Chromium"),
        ),
        Browser(
            name="edge",
            title="Edge",
            linux="microsoft-edge",
            macos="Microsoft Edge",
            registry=r"Microsoft\Edge",
            sealed=(".var/app/com.microsoft.Edge",),
        ),
        Browser(
            name="brave",
            title="Brave",
            linux="BraveSoftware/Brave-Browser",
            macos="BraveSoftware/Brave-Browser",
            registry=r"Google\Chrome",
            sealed=("snap/brave", ".var/app/com.brave.Browser"),
        ),
        Browser(
            name="firefox",
            title="Firefox",
            linux=".mozilla",
            macos="Mozilla",
            registry="Mozilla",
            sealed=("snap/firefox", ".var/app/org.mozilla.firefox"),
            gecko=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where a user's files are.

    Attributes:
        platform: as `sys.platform` says it.
        home: the home directory.
        config: `~/.config` on Linux.
    """

    platform: str
    home: Path
    config: Path

    @classmethod
    def here(cls) -> Places:
        """Return this user's places."""
        home = Path.home()
        return cls(sys.platform, home, Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config"))

    def data(self, browser: Browser) -> Path:
        """Return the folder a browser keeps for this user; on Windows it says nothing of programs."""
        if self.platform == "win32":
            return self.home / "AppData" / "Local" / browser.registry.replace("\\", "/")
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support" / browser.macos
        return (self.home if browser.linux.startswith(".") else self.config) / browser.linux

    def programs(self, browser: Browser) -> Path:
        """Return the folder in which a browser looks for programs it may start; not for Windows."""
        return self.data(browser) / ("NativeMessagingHosts" if self.platform == "darwin" else browser.folder)

    def is_sealed(self, browser: Browser) -> bool:
        """Return whether the browser is here only as a snap or flatpak."""
        sealed = any((self.home / folder).is_dir() for folder in browser.sealed)
        return sealed and not self.data(browser).is_dir()


def present(places: Places, browsers: Iterable[Browser] = BROWSERS.values()) -> list[Browser]:
    """Return the browsers that this user has opened at least once."""
    return [browser for browser in browsers if places.data(browser).is_dir()]


def caller_origin(browser: Browser, arguments: list[str]) -> str | None:
    """Return who started the program, by what the browser passes it; None unless it is altd's extension.

    Chromium passes the extension's origin, Firefox the manifest's path and the extension's id. Firefox's
    origins are random, so the extension names its own; its id is what counts.
    """
    if browser.gecko:
        return "moz-extension://" if arguments[1:2] == [GECKO_ID] else None
    own = f"chrome-extension://{CHROMIUM_ID}"
    return own if arguments[:1] == [f"{own}/"] else None


def is_extension_origin(text: object) -> bool:
    """Return whether this is an extension's origin, without a slash at its end."""
    return isinstance(text, str) and re.fullmatch(EXTENSION_ORIGIN, text) is not None
