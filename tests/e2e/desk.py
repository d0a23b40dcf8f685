"""What a person has in front of them: a daemon, a browser with the extension, and posts."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, Worker

from altd.demo.browser import accessible_name, is_described
from altd.demo.feed import Post
from altd.paths import Paths
from daemon_process import Daemon

EXTENSION = Path(__file__).parents[2] / "extension/.output/chrome-mv3"

_ANSWER_S = 60.0
_LABEL_S = 10.0


@dataclass
class Desk:
    """What a person has in front of them."""

    daemon: Daemon
    context: BrowserContext
    posts: list[Post]

    @property
    def worker(self) -> Worker:
        return self.context.service_workers[0]

    def select(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What stands in the daemon's database."""
        return select(self.daemon, query, *values)

    async def answer(self, post: Post) -> str:
        """What the daemon said of a post's picture first: empty where it does not know."""
        return await answer_of(self.daemon, post)

    async def press(self, page: Page, command: str) -> None:
        """What a key of the extension does; a headless browser hands real ones to nobody."""
        await self.worker.evaluate(
            """async ([url, command]) => {
                const [tab] = await chrome.tabs.query({ url });
                await chrome.tabs.sendMessage(tab.id, { notice: 'command', command, atMenu: false });
            }""",
            [page.url, command],
        )

    async def own_page(self, name: str) -> Page:
        """A page of the extension's own, such as `options.html`."""
        page = await self.context.new_page()
        await page.goto(self.worker.url.replace("background.js", name))
        return page

    async def switch(self, on: bool) -> None:
        """The switch in the popup."""
        await self._set("popup.html", "enabled", on)

    async def show_captions(self, on: bool) -> None:
        """The switch in the settings."""
        await self._set("options.html", "caption", on)

    async def _set(self, name: str, box: str, on: bool) -> None:
        page = await self.own_page(name)
        await page.locator(f"#{box}:enabled").set_checked(on)  # disabled until it shows the setting
        saved = "async ([box, on]) => (await chrome.storage.sync.get('settings')).settings?.[box] === on"
        await page.wait_for_function(saved, arg=[box, on])  # a page that is closed saves nothing
        await page.close()

    async def switch_learning_on(self) -> None:
        """The switch in the settings; before it nothing is stored."""
        page = await self.own_page("options.html")
        await page.locator("#learning").check()
        await page.get_by_role("status").get_by_text("Learning is on").wait_for()
        await page.close()


def select(daemon: Daemon, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """What stands in a daemon's database."""
    file = f"file:{Paths.under(daemon.home).database}?mode=ro"
    with closing(sqlite3.connect(file, uri=True)) as database:
        return database.execute(query, values).fetchall()


async def answer_of(daemon: Daemon, post: Post) -> str:
    """What a daemon said of a post's picture first: empty where it does not know."""
    query = "SELECT text FROM descriptions WHERE media_key LIKE ? AND alternative_of IS NULL"
    for _ in range(round(_ANSWER_S / 0.2)):
        if found := select(daemon, query, f"%{post.key}%"):
            return str(found[0][0])
        await asyncio.sleep(0.2)
    raise AssertionError(f"the daemon was never asked about {post.file.name}, or did not answer")


async def open_site(desk: Desk, host: str) -> Page:
    page = await desk.context.new_page()
    await page.goto(f"https://{host}/")
    await page.bring_to_front()
    return page


async def read_settled(
    desk: Desk, page: Page, selector: str, posts: Sequence[Post]
) -> list[tuple[Post, str, str]]:
    """Scroll through a page as a reader would: each post with the daemon's answer and the picture's name.

    A picture that the daemon has an answer for is given time to carry it; where it has none, nothing is
    waited for.
    """
    session = await page.context.new_cdp_session(page)
    elements = await page.query_selector_all(selector)
    seen = []
    for post, element in zip(posts, elements, strict=True):
        await element.scroll_into_view_if_needed()
        answer = await desk.answer(post)
        name = await accessible_name(session, element)
        for _ in range(round(_LABEL_S / 0.2) if answer else 5):
            if is_described(name):
                break
            await asyncio.sleep(0.2)
            name = await accessible_name(session, element)
        seen.append((post, answer, name))
    return seen
