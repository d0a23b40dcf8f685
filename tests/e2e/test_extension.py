"""The extension in a real browser against a real daemon, judged by the browser's accessibility tree."""

import asyncio
import sqlite3
from typing import Any

import pytest
from desk import Desk, open_site
from playwright.async_api import Page

from altd.demo.browser import accessible_name, is_described, read_names
from altd.demo.feed import PINTEREST_HOST, X_HOST
from altd.demo.run import PINS, X_PHOTOS
from altd.paths import Paths

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def first_name(page: Page, selector: str) -> str:
    session = await page.context.new_cdp_session(page)
    element = await page.wait_for_selector(selector)
    assert element is not None
    return await accessible_name(session, element)


def verdicts(desk: Desk) -> list[tuple[Any, ...]]:
    database = sqlite3.connect(f"file:{Paths.under(desk.daemon.home).database}?mode=ro", uri=True)
    with database:
        return database.execute(
            "SELECT verdict, text, undone_at FROM feedback ORDER BY created_at"
        ).fetchall()


async def until(condition: Any, patience_s: float = 20.0) -> None:
    while not condition():
        patience_s -= 0.2
        assert patience_s > 0, "it did not happen"
        await asyncio.sleep(0.2)


async def test_every_photo_on_x_is_named_in_link_and_post(desk: Desk) -> None:
    page = await open_site(desk, X_HOST)
    names = await read_names(page, X_PHOTOS)
    assert len(names) >= 8
    assert sum(is_described(name) for name in names) >= 8, names
    assert {name for name in names if not is_described(name)} <= {"Image"}  # left alone, not half labelled
    for name, article in zip(names, await read_names(page, "article", 1.0), strict=True):
        assert name in article
    await page.close()


async def test_every_pin_is_named_in_its_link_and_keeps_its_title(desk: Desk) -> None:
    page = await open_site(desk, PINTEREST_HOST)
    names = await read_names(page, PINS)
    pins = [post for post in desk.posts if post.on_pinterest]
    assert len(names) == len(pins) >= 4
    assert sum(is_described(name) for name in names) >= 4, names  # what it does not know is left alone
    assert all(post.text in name for post, name in zip(pins, names, strict=True))
    await page.close()


async def test_an_image_that_appears_later_is_described_too(desk: Desk) -> None:
    page = await open_site(desk, X_HOST)
    await page.evaluate(
        """() => {
            const cell = document.querySelector('[data-testid=cellInnerDiv]');
            const copy = cell.cloneNode(true);
            copy.querySelector('[data-testid=tweetPhoto]').setAttribute('aria-label', 'Image');
            copy.querySelector('[data-testid=tweetPhoto]').removeAttribute('role');
            const img = copy.querySelector('[data-testid=tweetPhoto] img');
            img.alt = 'Image';
            img.removeAttribute('aria-hidden');
            copy.id = 'later';
            cell.before(copy);
        }"""
    )
    names = await read_names(page, '#later a[href*="/photo/"]')
    assert is_described(names[0])
    await page.close()


async def test_switching_off_gives_the_page_back_and_on_describes_it_again(desk: Desk) -> None:
    page = await open_site(desk, X_HOST)
    before = (await read_names(page, X_PHOTOS))[0]
    assert is_described(before)
    await desk.switch(on=False)
    await page.bring_to_front()
    await page.wait_for_function("document.querySelector('[data-testid=tweetPhoto] img').alt === 'Image'")
    assert await first_name(page, X_PHOTOS) == "Image"
    assert await page.get_attribute("[data-testid=tweetPhoto]", "aria-label") == "Image"
    await desk.switch(on=True)
    await page.bring_to_front()
    assert (await read_names(page, X_PHOTOS))[0] == before
    await page.close()


async def test_good_and_wrong_by_key_reach_the_database_and_wrong_brings_another(desk: Desk) -> None:
    page = await open_site(desk, X_HOST)
    await read_names(page, X_PHOTOS)
    await page.focus(f"{X_PHOTOS} >> nth=0")
    count = len(verdicts(desk))
    await desk.press(page, "accept")
    await until(lambda: len(verdicts(desk)) == count + 1)
    assert verdicts(desk)[-1][0] == "accept"

    await page.focus(f"{X_PHOTOS} >> nth=1")
    session = await page.context.new_cdp_session(page)
    element = (await page.query_selector_all(X_PHOTOS))[1]
    before = await accessible_name(session, element)
    await desk.press(page, "reject")
    await until(lambda: len(verdicts(desk)) == count + 2)
    assert verdicts(desk)[-1][0] == "reject"
    for _ in range(100):
        if is_described(after := await accessible_name(session, element)) and after != before:
            break
        await asyncio.sleep(0.2)
    assert after != before
    await page.close()
