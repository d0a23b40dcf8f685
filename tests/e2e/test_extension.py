"""The extension in a real browser against a real daemon, judged by the browser's accessibility tree."""

import asyncio
from typing import Any

import pytest
from desk import Desk, open_site, read_settled
from playwright.async_api import Page

from altd.demo.browser import accessible_name, is_described, read_names
from altd.demo.feed import PINTEREST_HOST, X_HOST
from altd.demo.run import PINS, X_PHOTOS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def name_at(page: Page, selector: str, place: int) -> str:
    session = await page.context.new_cdp_session(page)
    return await accessible_name(session, (await page.query_selector_all(selector))[place])


def verdicts(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.select("SELECT verdict, text, undone_at FROM feedback ORDER BY created_at")


async def until(condition: Any, patience_s: float = 20.0) -> None:
    while not condition():
        patience_s -= 0.2
        assert patience_s > 0, "it did not happen"
        await asyncio.sleep(0.2)


async def known_photos(desk: Desk, page: Page) -> list[tuple[int, str]]:
    """Place and name of each photo on the page that the daemon knows, after scrolling through all."""
    posts = [post for post in desk.posts if not post.on_pinterest]
    seen = await read_settled(desk, page, X_PHOTOS, posts)
    return [(place, name) for place, (_, answer, name) in enumerate(seen) if answer]


async def test_every_photo_on_x_that_the_daemon_knows_is_named_in_link_and_post(desk: Desk) -> None:
    page = await open_site(desk, X_HOST)
    posts = [post for post in desk.posts if not post.on_pinterest]
    seen = await read_settled(desk, page, X_PHOTOS, posts)
    assert sum(bool(answer) for _, answer, _ in seen) >= 4, seen  # of twelve and more
    for post, answer, name in seen:
        assert is_described(name) if answer else name == "Image", (post.file.name, answer, name)
        assert answer in name
    for (_, _, name), article in zip(seen, await read_names(page, "article", 1.0), strict=True):
        assert name in article
    await page.close()


async def test_every_pin_that_the_daemon_knows_is_named_in_its_link_and_keeps_its_title(desk: Desk) -> None:
    page = await open_site(desk, PINTEREST_HOST)
    posts = [post for post in desk.posts if post.on_pinterest]
    seen = await read_settled(desk, page, PINS, posts)
    assert sum(bool(answer) for _, answer, _ in seen) >= 2, seen
    for post, answer, name in seen:
        assert post.text in name
        assert is_described(name) is bool(answer), (post.file.name, answer, name)
        assert answer in name
    await page.close()


async def test_an_image_that_appears_later_is_described_too(desk: Desk) -> None:
    page = await open_site(desk, X_HOST)
    place = (await known_photos(desk, page))[0][0]
    await page.evaluate(
        """(place) => {
            const photo = document.querySelectorAll('[data-testid=tweetPhoto]')[place];
            const cell = photo.closest('[data-testid=cellInnerDiv]');
            const copy = cell.cloneNode(true);
            copy.querySelector('[data-testid=tweetPhoto]').setAttribute('aria-label', 'Image');
            copy.querySelector('[data-testid=tweetPhoto]').removeAttribute('role');
            const img = copy.querySelector('[data-testid=tweetPhoto] img');
            img.alt = 'Image';
            img.removeAttribute('aria-hidden');
            copy.id = 'later';
            cell.before(copy);
        }""",
        place,
    )
    names = await read_names(page, '#later a[href*="/photo/"]')
    assert is_described(names[0])
    await page.close()


async def test_switching_off_gives_the_page_back_and_on_describes_it_again(desk: Desk) -> None:
    page = await open_site(desk, X_HOST)
    place, before = (await known_photos(desk, page))[0]
    assert is_described(before)
    await desk.switch(on=False)
    await page.bring_to_front()
    await page.wait_for_function(
        "(place) => document.querySelectorAll('[data-testid=tweetPhoto] img')[place].alt === 'Image'",
        arg=place,
    )
    assert await name_at(page, X_PHOTOS, place) == "Image"
    assert await page.get_attribute(f"[data-testid=tweetPhoto] >> nth={place}", "aria-label") == "Image"
    await desk.switch(on=True)
    await page.bring_to_front()
    assert dict(await known_photos(desk, page))[place] == before
    await page.close()


async def test_good_and_wrong_by_key_reach_the_database_and_wrong_brings_another(desk: Desk) -> None:
    page = await open_site(desk, X_HOST)
    (first, _), (second, before), *_ = await known_photos(desk, page)
    await page.focus(f"{X_PHOTOS} >> nth={first}")
    count = len(verdicts(desk))
    await desk.press(page, "accept")
    await until(lambda: len(verdicts(desk)) == count + 1)
    assert verdicts(desk)[-1][0] == "accept"

    await page.focus(f"{X_PHOTOS} >> nth={second}")
    await desk.press(page, "reject")
    await until(lambda: len(verdicts(desk)) == count + 2)
    assert verdicts(desk)[-1][0] == "reject"
    for _ in range(100):
        if is_described(after := await name_at(page, X_PHOTOS, second)) and after != before:
            break
        await asyncio.sleep(0.2)
    assert after != before
    await page.close()
