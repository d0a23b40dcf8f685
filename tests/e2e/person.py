"""A person with a browser and a daemon that may die: the same in Chromium and in Firefox."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from desk import EXTENSION, Desk
from playwright.async_api import BrowserContext
from window import ChromiumWindow, Window

from altd.demo.browser import open_browser, pair
from altd.demo.feed import Post
from altd.demo.sites import resolver_rules
from altd.models.catalogue import BUNDLED
from daemon_process import Daemon, start_daemon


class Person(Window, Protocol):
    """A window, and what a person does beside it."""

    async def switch(self, on: bool) -> None:
        """The switch in the popup."""

    async def kill_background(self) -> None:
        """End the extension's background as the browser does when it is idle."""

    async def reload_extension(self) -> None:
        """As an update does: scripts in open pages are left behind."""


class ChromiumPerson(ChromiumWindow):
    """A person with Chromium."""

    def __init__(self, desk: Desk, page: Any) -> None:
        super().__init__(page)
        self._desk = desk

    async def switch(self, on: bool) -> None:
        await self._desk.switch(on)
        await self.page.bring_to_front()

    async def kill_background(self) -> None:
        page = await self._desk.own_page("popup.html")
        session = await page.context.new_cdp_session(page)
        await session.send("ServiceWorker.enable")
        await session.send("ServiceWorker.stopAllWorkers")
        await page.close()
        await self.page.bring_to_front()

    async def reload_extension(self) -> None:
        page = await self._desk.context.new_page()
        await page.goto("chrome://extensions")
        await page.evaluate(
            # without developer mode Chromium disables what is not from its store
            "(id) => chrome.developerPrivate.updateProfileConfiguration({ inDeveloperMode: true })"
            ".then(() => chrome.developerPrivate.reload(id))",
            self._desk.worker.url.split("/")[2],
        )
        await page.close()
        await self.page.bring_to_front()


@dataclass
class Mortal:
    """A daemon that can be killed and comes back on the same port."""

    home: Path
    lives: AsyncExitStack
    daemon: Daemon = field(init=False)

    def start(self, port: str = "0") -> None:
        running = start_daemon(self.home, BUNDLED, "nf4", ALTD_PORT=port)
        self.daemon = self.lives.enter_context(running)
        self.daemon.wait_until_ready()

    def kill(self) -> None:
        self.daemon.process.kill()
        self.daemon.process.wait()


@asynccontextmanager
async def with_chromium(folder: Path, daemon: Daemon, port: int, posts: list[Post]) -> AsyncIterator[Person]:
    if not (EXTENSION / "manifest.json").is_file():
        pytest.skip("the extension is not built")
    context: BrowserContext
    async with open_browser(EXTENSION, folder / "profile", port, resolver_rules(port)) as context:
        await pair(context, daemon.json("POST", "/v1/pairing-codes").body["code"], daemon.port)
        yield ChromiumPerson(Desk(daemon, context, posts), await context.new_page())


@asynccontextmanager
async def with_firefox(folder: Path, daemon: Daemon, port: int, posts: list[Post]) -> AsyncIterator[Person]:
    firefox = pytest.importorskip("firefox", reason="marionette_driver wants a Python before 3.13")
    if firefox.find_firefox() is None:
        pytest.skip("packaging/need-for-tests installs Firefox")
    async with firefox.open_firefox(folder, port) as person:
        await person.pair(daemon.json("POST", "/v1/pairing-codes").body["code"], daemon.port)
        yield person
