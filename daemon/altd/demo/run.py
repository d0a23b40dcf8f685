"""The demo from end to end: serve, open, pair, read, report."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import BrowserContext

from altd.demo.browser import has_display, open_browser, pair, read_names
from altd.demo.feed import PINTEREST_HOST, X_HOST, Post, read_posts
from altd.demo.report import Row, write_report
from altd.demo.sites import resolver_rules, serve_sites

# Where a screen reader's Tab key stops: the links around the pictures.
X_PHOTOS = 'a[href*="/photo/"]'
PINS = '[data-test-id="pin"] a[href^="/pin/"]:has(img)'


async def run_demo(out: Path, extension: Path, code: str, port: int, say: Callable[[str], None]) -> list[Row]:
    """Open both feeds and return a row for every picture; writes screenshots and a report to `out`."""
    posts = read_posts(out / "pictures")
    with tempfile.TemporaryDirectory(prefix="altd-demo-") as profile:
        async with (
            serve_sites(posts) as sites_port,
            open_browser(extension, Path(profile), sites_port, resolver_rules(sites_port)) as context,
        ):
            await pair(context, code, port)
            say("The extension is paired; reading the pages.")
            rows = await _read(context, X_HOST, X_PHOTOS, [p for p in posts if not p.on_pinterest], out)
            rows += await _read(context, PINTEREST_HOST, PINS, [p for p in posts if p.on_pinterest], out)
            await write_report(context, rows, out)
            if has_display():
                say("The window stays open; close it to go on.")
                await context.wait_for_event("close", timeout=0)
    return rows


async def _read(context: BrowserContext, host: str, selector: str, posts: list[Post], out: Path) -> list[Row]:
    page = await context.new_page()
    await page.goto(f"https://{host}/")
    names = await read_names(page, selector)
    await page.evaluate("scrollTo(0, 0)")
    await page.screenshot(path=out / f"{host}.png", full_page=True)
    return [Row(post.file.name, host, post.text, name) for post, name in zip(posts, names, strict=True)]
