"""Our own pages in a real Chromium: no barrier that axe finds, in any state, language or colour scheme."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page

from altd.demo.browser import open_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

ROOT = Path(__file__).parents[2] / "extension"
BUILT = ROOT / ".output/chrome-mv3"
LANGUAGES = sorted(folder.name for folder in (ROOT / "public/_locales").iterdir())

DESCRIPTION = {"state": "done", "confidence": "low", "text_in_image": "Oh no\nnot again", "language": "en"}
ENTRY = {
    "request": {
        "mediaKey": "x:A",
        "imageUrl": "https://pbs.twimg.com/media/A?format=jpg&name=medium",
        "context": {"site": "x", "text": "", "author": "", "quoted": "", "title": "", "extra": ""},
        "language": "en",
        "priority": "visible",
    },
    "description": {**DESCRIPTION, "id": "d2", "text": "Two pink lorries"},
    "edited": None,
    "earlier": [{**DESCRIPTION, "id": "d1", "text": "Two red buses"}],
    "verdicts": [{"kind": "reject", "descriptionId": "d1", "key": "k"}],
    "more": "Two pink lorries on a grey ground. One stands lower than the other.",
}


def speaking(language: str, folder: Path) -> Path:
    """A copy of the extension in which this language is the only one: the browser's own plays no part."""
    copy = folder / "extension"
    shutil.copytree(BUILT, copy)
    for other in (copy / "_locales").iterdir():
        if other.name != language:
            shutil.rmtree(other)
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "default_locale": language}))
    return copy


@asynccontextmanager
async def our_pages(language: str, folder: Path) -> AsyncIterator[tuple[BrowserContext, str]]:
    """A browser without a daemon, and the address that our pages begin with."""
    async with open_browser(speaking(language, folder), folder / "profile", 9, "MAP * ~NOTFOUND") as context:
        workers = context.service_workers or [await context.wait_for_event("serviceworker", timeout=15_000)]
        await workers[0].evaluate(
            "(entry) => chrome.storage.session.set({ 'entry:x:A': { entry, usedAt: 0 } })", ENTRY
        )
        yield context, workers[0].url.removesuffix("background.js")


async def violations(page: Page, schemes: tuple[str, ...]) -> list[str]:
    """What axe has against a page in these colour schemes."""
    await page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
    found = []
    for scheme in schemes:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        results: dict[str, Any] = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        found += [
            f"{page.url} {scheme} {violation['id']}: {node['html']}"
            for violation in results["violations"]
            for node in violation["nodes"]
        ]
    return found


async def opened(context: BrowserContext, address: str) -> Page:
    page = await context.new_page()
    await page.goto(address)
    await page.wait_for_function("document.title !== 'altd' || document.querySelector('h1').textContent")
    await page.wait_for_load_state("networkidle")
    return page


async def states(context: BrowserContext, root: str) -> AsyncIterator[Page]:
    """Every page of ours in every state that can be brought about without a daemon."""
    page = await opened(context, f"{root}pair.html?code=ABCD2345&port=9")
    yield page
    await page.locator("#form button").click()
    await page.wait_for_timeout(300)
    yield page  # the daemon does not answer
    await page.locator("#port").fill("none")
    await page.locator("#form button").click()
    yield page  # not a port
    await page.locator("#try").click()
    await page.locator("#answer").wait_for()
    yield page  # not paired
    await page.close()

    page = await opened(context, f"{root}options.html")
    await page.locator("#stored-count").get_by_text("altd").wait_for()
    yield page
    await page.locator("#learning").check()
    yield page
    await page.evaluate("document.querySelector('#sure').showModal()")
    yield page
    await page.close()

    page = await opened(context, f"{root}popup.html")
    yield page
    await page.close()

    page = await opened(context, f"{root}feedback.html?image=x:A")
    yield page
    await page.locator("#good").click()
    yield page  # called good, not stored
    await page.locator("#candidates button").click()
    yield page  # the earlier one chosen
    await page.locator("#words").fill("")
    await page.locator("#edit button").click()
    yield page  # nothing written
    await page.close()
    page = await opened(context, f"{root}feedback.html?image=x:unknown")
    yield page
    await page.close()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_no_barrier_on_any_page_in_any_state(language: str, tmp_path: Path) -> None:
    if not (BUILT / "manifest.json").is_file():
        pytest.skip("the extension is not built")
    messages = json.loads((ROOT / f"public/_locales/{language}/messages.json").read_text())
    # colours do not depend on the language
    schemes = ("light", "dark") if language == "en" else ("light",)
    seen, found = 0, []
    async with our_pages(language, tmp_path) as (context, root):
        async for page in states(context, root):
            seen += 1
            found += await violations(page, schemes)
            assert await page.get_attribute("html", "lang") == messages["language"]["message"]
    assert found == []
    assert seen == 13
