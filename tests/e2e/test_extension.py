"""What reaches the daemon's database, what the settings do with it, and what host pages notice."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from axe import violations
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


@pytest.mark.parametrize(("host", "pictures"), [(X_HOST, X_PHOTOS), (PINTEREST_HOST, PINS)])
async def test_host_pages_get_no_new_barrier_and_ask_nothing_of_this_machine(
    desk: Desk, host: str, pictures: str
) -> None:
    page = await desk.context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await desk.show_captions(on=True)  # what can be seen of us must not break a rule either
    await page.goto(f"https://{host}/")
    await page.bring_to_front()
    assert any(map(is_described, await read_names(page, pictures)))
    await page.locator("[data-altd=caption]").first.wait_for(state="attached")
    labelled = Counter(found.rule for found in await violations(page, ("light", "dark")))
    await desk.switch(on=False)
    await page.bring_to_front()
    await page.wait_for_function("!document.querySelector('[data-altd-was]')")
    left = Counter(found.rule for found in await violations(page, ("light", "dark")))
    await desk.switch(on=True)
    await desk.show_captions(on=False)
    # The copy of Pinterest has no landmarks; an image that was silent now counts as content outside of them.
    assert {rule for rule in labelled - left if rule != "region" or rule not in left} == set()
    health = f"http://127.0.0.1:{desk.daemon.port}/health"
    assert [url for url in asked if "127.0.0.1" in url or "localhost" in url] == []
    await page.evaluate("(url) => fetch(url).catch(() => null)", health)
    assert asked[-1] == health  # had the page asked, it would have been seen
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


async def test_what_is_stored_is_told_written_into_a_file_and_deleted(desk: Desk, tmp_path: Path) -> None:
    standing = "SELECT description_id FROM feedback WHERE undone_at IS NULL"
    if not verdicts(desk):  # it runs alone
        site = await open_site(desk, X_HOST)
        for (place, _), command in zip(await known_photos(desk, site), ("accept", "reject"), strict=False):
            await site.focus(f"{X_PHOTOS} >> nth={place}")
            await desk.press(site, command)
            await until(lambda command=command: any(command in row for row in verdicts(desk)))
        await site.close()
    count = len(desk.select(standing))
    page = await desk.own_page("options.html")
    lines = page.locator("#stored li")
    await page.locator("#stored-count").get_by_text(f"{count}.").wait_for()
    assert await lines.count() == count
    assert (await lines.first.inner_text()).startswith("Wrong: ")  # the newest comes first

    async with page.expect_download() as download:
        await page.locator("#stored-export").click()
    await (await download.value).save_as(tmp_path / "stored.jsonl")
    told = [json.loads(line) for line in (tmp_path / "stored.jsonl").read_text().splitlines()]
    assert len(told) == count
    assert {"reject", "accept"} <= {verdict["verdict"] for verdict in told}

    await page.get_by_role("button", name="Delete, number 1", exact=True).click()
    await page.get_by_role("status").get_by_text("Deleted.").wait_for()
    # with all else that was said about the same image
    assert len(desk.select(standing)) == await lines.count() < count
    await page.locator("#stored-delete").click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await page.locator("#stored-count").get_by_text("no verdicts").wait_for()
    assert desk.select("SELECT id FROM feedback") == desk.select("SELECT id FROM descriptions") == []
    await page.close()
