"""One page in front of a person, in whichever browser: what the tests do to it and ask of it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from desk import answer_of
from playwright.async_api import Page

from altd.demo.browser import accessible_name, is_described
from altd.demo.feed import Post
from daemon_process import Daemon

_PATIENCE_S = 45.0


class Window(Protocol):
    """A window with one page."""

    async def open(self, url: str) -> None:
        """Load a page and wait for it."""

    async def run(self, body: str, *values: Any) -> Any:
        """Run the body of a JavaScript function on the page; `values` are its `arguments`."""

    async def name(self, selector: str, place: int = 0) -> str:
        """The name that the browser's accessibility tree has for the element at this place of the matches."""


class ChromiumWindow:
    """A window of Chromium."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def open(self, url: str) -> None:
        await self.page.goto(url)
        await self.page.bring_to_front()

    async def run(self, body: str, *values: Any) -> Any:
        return await self.page.evaluate(
            f"(values) => (function () {{ {body} }}).apply(null, values)", list(values)
        )

    async def name(self, selector: str, place: int = 0) -> str:
        session = await self.page.context.new_cdp_session(self.page)
        try:
            return await accessible_name(session, (await self.page.query_selector_all(selector))[place])
        finally:
            await session.detach()


async def until(question: Callable[[], Awaitable[Any]], patience_s: float = _PATIENCE_S) -> Any:
    """Ask until the answer is true; returns it."""
    for _ in range(round(patience_s / 0.2)):
        if answer := await question():
            return answer
        await asyncio.sleep(0.2)
    raise AssertionError("it did not happen")


async def scroll_to(window: Window, selector: str, place: int) -> None:
    """Bring the element at this place of the matches into the middle of the window."""
    await window.run(
        "document.querySelectorAll(arguments[0])[arguments[1]].scrollIntoView({ block: 'center' })",
        selector,
        place,
    )


async def wait_for_names(window: Window, daemon: Daemon, selector: str, posts: Sequence[Post]) -> list[str]:
    """Scroll through a page: the name of each picture; where the daemon has an answer, with the answer."""
    names = []
    for place, post in enumerate(posts):
        await scroll_to(window, selector, place)
        answer = await answer_of(daemon, post)

        async def settled(place: int = place, answer: str = answer) -> str | None:
            name = await window.name(selector, place)
            return name if is_described(name) or not answer else None

        names.append(str(await until(settled)))
        assert answer in names[-1]
    return names
