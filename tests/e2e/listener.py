"""A person who has only what Orca says, at a browser that nobody has set up yet."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from desk import EXTENSION
from screen_reader import Reader
from window import ChromiumWindow, Window

from altd.demo.browser import open_browser
from altd.demo.feed import Post
from altd.demo.sites import resolver_rules
from daemon_process import Daemon

MARK = re.compile(r"AI description:|AI guess, may be wrong:|AI description is coming")


Opener = Callable[[], Awaitable[Window]]


class Listener:
    """A person at a browser whose windows Orca reads, and a daemon on the same machine."""

    def __init__(self, daemon: Daemon, posts: list[Post], reader: Reader, opener: Opener) -> None:
        self.daemon, self.posts, self.reader = daemon, posts, reader
        self._open_window = opener
        self._window: Window | None = None

    async def window(self) -> Window:
        """The window with the sites; until it is wanted, the set-up page is in front."""
        self._window = self._window or await self._open_window()
        return self._window

    async def walk(self, key: str, times: int) -> list[str]:
        """Go to the beginning, press a key so often or to the end, and return every utterance."""
        await self.reader.press("ctrl+Home")
        before = len(self.reader.spoken())
        for _ in range(times):
            # silence is the end; at the beginning it is a slow machine
            if not await self.reader.press(key) and len(self.reader.spoken()) > before:
                break
        return self.reader.spoken()[before:]

    async def find(self, key: str, pattern: str, at_most: int = 20) -> str:
        """Press a key until something like this is heard; returns all that was said at the last press."""
        said: list[str] = []
        for _ in range(at_most):
            said.append(await self.reader.press(key))
            if re.search(pattern, said[-1]):
                return said[-1]
        raise AssertionError(f"{key} leads to no {pattern!r}, but to {said}")

    async def activate(self, words: str) -> list[str]:
        """Press Space and listen until these words are heard; returns every utterance."""
        before = len(self.reader.spoken())
        await self.reader.press("space")
        return await self.reader.wait_for(before, words)

    async def write(self, text: str) -> None:
        """Replace what is in a field and go to its beginning.

        Hearing the first character shows that Orca knows of all that was typed. News of it that come when the
        next field or button has the focus would lead Orca back to this one.
        """
        await self.reader.press("ctrl+a")
        await self.reader.type(text)
        for _ in range(10):
            if text[0] in await self.reader.press("End", "Home"):
                return
        raise AssertionError(f"{text!r} was typed, and {self.reader.spoken()[-5:]} was said last")


@asynccontextmanager
async def in_chromium(reader: Reader, folder: Path, port: int) -> AsyncIterator[Opener]:
    if not (EXTENSION / "manifest.json").is_file():
        pytest.skip("the extension is not built")
    with pytest.MonkeyPatch.context() as variables:
        for name, value in reader.environment.items():
            variables.setenv(name, value)
        async with open_browser(EXTENSION, folder / "profile", port, resolver_rules(port)) as context:

            async def open_window() -> Window:
                return ChromiumWindow(await context.new_page())

            yield open_window


@asynccontextmanager
async def in_firefox(reader: Reader, folder: Path, port: int) -> AsyncIterator[Opener]:
    firefox = pytest.importorskip("firefox", reason="marionette_driver wants a Python before 3.13")
    if firefox.find_firefox() is None:
        pytest.skip("packaging/need-for-tests installs Firefox")
    async with firefox.open_firefox(folder / "firefox", port, reader.environment) as window:

        async def open_window() -> Window:
            return window

        yield open_window
