"""A real Chromium with the extension loaded: pair it, open the feeds, read what a screen reader is told."""

import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import BrowserContext, CDPSession, ElementHandle, Page, async_playwright

from altd.errors import AltdError

_MARK = re.compile(r"\bAI (description|guess, may be wrong): ")
_NAMES = ("chromium", "chromium-browser", "ungoogled-chromium")
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def has_display() -> bool:
    """Whether a window can be shown."""
    return sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def find_chromium() -> str:
    """The path of Chromium; branded Chrome no longer loads an unpacked extension from the command line.

    Raises:
        AltdError: `browser_missing`.
    """
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    raise AltdError("browser_missing")


@asynccontextmanager
async def open_browser(
    extension: Path, profile: Path, sites_port: int, rules: str
) -> AsyncIterator[BrowserContext]:
    """Chromium with a profile of its own, the extension, and the demo's sites as if on the Internet.

    The sites' port counts as a public address, so that Chromium's local-network rules hold as on X itself.
    """
    arguments = [
        f"--disable-extensions-except={extension}",
        f"--load-extension={extension}",
        f"--host-resolver-rules={rules}",
        f"--ip-address-space-overrides=127.0.0.1:{sites_port}=public",
        "--ignore-certificate-errors",  # every name leads to this machine or nowhere
        *_QUIET,
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to run as root with it
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile,
            executable_path=find_chromium(),
            headless=not has_display(),
            args=arguments,
            viewport={"width": 1000, "height": 900},
        )
        try:
            yield context
        finally:
            await context.close()


async def pair(context: BrowserContext, code: str, port: int) -> None:
    """Press the button on the extension's pairing page, as a person would.

    Raises:
        AltdError: `extension_missing` when the extension did not start.
    """
    worker = context.service_workers[0] if context.service_workers else None
    if worker is None:
        worker = await context.wait_for_event("serviceworker", timeout=15_000)
    extension_id = worker.url.split("/")[2]
    page = await context.new_page()
    await page.goto(f"chrome-extension://{extension_id}/pair.html?code={code}&port={port}")
    await page.locator("#form button").click()
    await page.get_by_role("status").get_by_text("paired").wait_for(timeout=15_000)
    await page.close()


def is_described(name: str) -> bool:
    """Whether an accessible name carries a finished description of ours."""
    return _MARK.search(name) is not None


async def accessible_name(session: CDPSession, element: ElementHandle) -> str:
    """The name that Chromium's accessibility tree has for an element."""
    await element.evaluate("(node) => { globalThis.altdAsked = node }")
    found = await session.send("Runtime.evaluate", {"expression": "globalThis.altdAsked"})
    tree = await session.send(
        "Accessibility.getPartialAXTree",
        {"objectId": found["result"]["objectId"], "fetchRelatives": False},
    )
    return str(tree["nodes"][0].get("name", {}).get("value", ""))


async def read_names(page: Page, selector: str, patience_s: float = 20.0) -> list[str]:
    """Scroll through the page as a reader would and return the name of every element that matches.

    Waits for the description of each, at most `patience_s` seconds: where altd does not know, none comes.
    """
    session = await page.context.new_cdp_session(page)
    names: list[str] = []
    for element in await page.query_selector_all(selector):
        await element.scroll_into_view_if_needed()
        name = await accessible_name(session, element)
        for _ in range(round(patience_s / 0.25)):
            if is_described(name):
                break
            await page.wait_for_timeout(250)
            name = await accessible_name(session, element)
        names.append(name)
    return names
