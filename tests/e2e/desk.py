"""What a person has in front of them: a daemon, a browser with the extension, and posts."""

from dataclasses import dataclass

from playwright.async_api import BrowserContext, Page, Worker

from altd.demo.feed import Post
from daemon_process import Daemon


@dataclass
class Desk:
    """What a person has in front of them."""

    daemon: Daemon
    context: BrowserContext
    posts: list[Post]

    @property
    def worker(self) -> Worker:
        return self.context.service_workers[0]

    async def press(self, page: Page, command: str) -> None:
        """What a key of the extension does; a headless browser hands real ones to nobody."""
        await self.worker.evaluate(
            """async ([url, command]) => {
                const [tab] = await chrome.tabs.query({ url });
                await chrome.tabs.sendMessage(tab.id, { notice: 'command', command, atMenu: false });
            }""",
            [page.url, command],
        )

    async def switch(self, on: bool) -> None:
        """The switch in the popup."""
        page = await self.context.new_page()
        await page.goto(self.worker.url.replace("background.js", "popup.html"))
        await page.locator("#enabled").set_checked(on)
        await page.close()


async def open_site(desk: Desk, host: str) -> Page:
    page = await desk.context.new_page()
    await page.goto(f"https://{host}/")
    await page.bring_to_front()
    return page
