"""Our own pages in a real Chromium: no barrier that axe finds, in any state, language or colour scheme."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe import violations
from playwright.async_api import BrowserContext, Page
from scripted_daemon import STORED, scripted_daemon

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


UNSAVED = {
    "op": "send",
    "body": {"description_id": "d1", "verdict": "accept"},
    "imageUrl": "",
    "reason": "internal",
}


@asynccontextmanager
async def our_pages(language: str, folder: Path) -> AsyncIterator[tuple[BrowserContext, str]]:
    """A browser that is not paired, and the address that our pages begin with."""
    rules = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    async with open_browser(speaking(language, folder), folder / "profile", 9, rules) as context:
        workers = context.service_workers or [await context.wait_for_event("serviceworker", timeout=15_000)]
        await workers[0].evaluate(
            "(entry) => chrome.storage.session.set({ 'entry:x:A': { entry, usedAt: 0 } })", ENTRY
        )
        yield context, workers[0].url.removesuffix("background.js")


async def opened(context: BrowserContext, address: str, last: str) -> Page:
    """A page of ours, once the element that it fills last says something."""
    page = await context.new_page()
    await page.goto(address)
    await filled(page, last)
    return page


async def filled(page: Page, element: str) -> None:
    await page.wait_for_function("(id) => document.querySelector(id)?.textContent.trim()", arg=element)


async def says(page: Page, words: str) -> None:
    """Wait for these words of this language in the line that is spoken."""
    await page.wait_for_function(
        "(key) => document.querySelector('#status').textContent.startsWith(chrome.i18n.getMessage(key))",
        arg=words,
    )


async def set_up_states(context: BrowserContext, root: str, port: int) -> AsyncIterator[Page]:
    page = await opened(context, f"{root}pair.html?code=ABCD2345&port=9", "#keys")
    yield page
    await page.locator("#form button").click()
    await says(page, "pair_unreachable")
    yield page
    await page.locator("#port").fill("none")
    await page.locator("#form button").click()
    await says(page, "pair_bad_port")
    yield page
    await page.locator("#try").click()
    await filled(page, "#answer")
    yield page  # not paired
    await page.locator("#native").click()
    await says(page, "pair_native_missing")
    yield page
    await page.locator("#port").fill(str(port))
    await page.locator("#code").fill("")
    await page.locator("#form button").click()
    await says(page, "pair_step_run")
    yield page  # no code
    await page.evaluate("document.querySelector('#allow').hidden = false")
    yield page  # access to be given
    await page.locator("#code").fill("ABCD2345")
    await page.locator("#form button").click()
    await says(page, "pair_done")
    await page.locator("#try").click()
    await page.locator("#answer").get_by_text("Three houses").wait_for()
    yield page  # paired, and tried
    await page.close()


async def settings_states(context: BrowserContext, root: str) -> AsyncIterator[Page]:
    page = await opened(context, f"{root}options.html", "#stored-count")
    yield page  # verdicts are stored
    await page.locator("#stored-more").click()
    assert await page.locator("#stored li").count() == len(STORED)
    yield page
    await page.locator("#learning").check()
    await says(page, "learning_on")
    yield page
    await page.evaluate("document.querySelector('#sure').showModal()")
    yield page
    await page.evaluate("(one) => chrome.storage.local.set({ unsaved: [one] })", UNSAVED)
    await page.reload()
    await page.locator("#unsaved").wait_for()
    yield page  # one that altd failed over
    await page.close()


async def popup_states(context: BrowserContext, root: str) -> AsyncIterator[Page]:
    page = await opened(context, f"{root}popup.html", "#status")
    yield page
    # the question for another site, which comes only where the toolbar button was pressed
    await page.evaluate(
        "(button) => { button.textContent = chrome.i18n.getMessage('popup_web_start', ['site.example']);"
        "button.hidden = false }",
        await page.query_selector("#website"),
    )
    yield page
    site = await context.new_page()
    await site.route("**/*", lambda route: route.fulfill(body="<p>", content_type="text/html"))
    await site.goto("https://x.com/home")
    await site.bring_to_front()
    await page.reload()
    await page.locator("#site-row").wait_for()
    yield page  # with a switch for the site in front
    await site.close()
    await page.close()


async def dialog_states(context: BrowserContext, root: str) -> AsyncIterator[Page]:
    page = await opened(context, f"{root}feedback.html?image=x:A", "#description")
    yield page
    await page.locator("#good").click()
    await says(page, "say_kept")
    yield page
    await page.locator("#candidates button").first.click()
    await says(page, "say_kept")
    yield page
    await page.locator("#words").fill("")
    await page.locator("#edit button").click()
    await says(page, "dialog_empty_edit")
    yield page
    await page.close()
    page = await opened(context, f"{root}feedback.html?image=x:unknown", "#status")
    yield page
    await page.close()


async def states(context: BrowserContext, root: str, port: int) -> AsyncIterator[Page]:
    """Every page of ours in every state."""
    yield (page := await opened(context, f"{root}popup.html", "#status"))  # not paired
    await page.close()
    yield (page := await opened(context, f"{root}options.html", "#stored-count"))  # nothing known
    await page.close()
    async for page in set_up_states(context, root, port):
        yield page
    for of_page in (settings_states, popup_states, dialog_states):
        async for page in of_page(context, root):
            yield page


@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_no_barrier_on_any_page_in_any_state(language: str, tmp_path: Path) -> None:
    if not (BUILT / "manifest.json").is_file():
        pytest.skip("the extension is not built")
    messages = json.loads((ROOT / f"public/_locales/{language}/messages.json").read_text())
    # colours do not depend on the language
    schemes = ("light", "dark") if language == "en" else ("light",)
    seen, found = 0, []
    async with our_pages(language, tmp_path) as (context, root), scripted_daemon() as port:
        async for page in states(context, root, port):
            seen += 1
            found += await violations(page, schemes)
            assert await page.get_attribute("html", "lang") == messages["language"]["message"]
    assert found == []
    assert seen == 23
