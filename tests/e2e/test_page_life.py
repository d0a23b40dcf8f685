"""What pages do to our labels, and what happens to altd meanwhile: the same in Chromium and in Firefox."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import copies
import pytest
import pytest_asyncio
from person import Mortal, Person, with_chromium, with_firefox
from photos import (
    LABELS,
    PHOTO,
    is_described_at,
    known_places,
    label_at,
    labels_by_key,
    new_pictures,
    own_labels_stand,
    show,
)
from window import scroll_to, until, wait_for_names

from altd.demo.browser import is_described
from altd.demo.feed import PINTEREST_HOST, X_HOST, Post
from altd.demo.run import PINS, X_PHOTOS
from altd.demo.sites import serve_sites

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

# Down and up twice; every post that is mounted has to carry its own label, given a little time.
SCROLL_THROUGH = """
const known = arguments[0], step = arguments[1], wrong = [], numbers = new Set();
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const every = arguments[2];
const human = (n) => (n % every === every - 1 ? 'Somebody wrote this about picture ' + n : null);
function unlike() {
  const found = [];
  for (const cell of document.querySelectorAll('[data-number]')) {
    const n = Number(cell.dataset.number), photo = cell.querySelector('[data-testid=tweetPhoto]');
    const img = photo.querySelector('img'), label = photo.getAttribute('aria-label');
    const key = img.src.match(/media.([^?]+)/)[1];
    numbers.add(n);
    const wanted = human(n) ?? known[key];
    if (wanted === undefined || (label === wanted && img.alt === wanted)) continue;
    found.push([n, label, wanted]);
  }
  return found;
}
return (async () => {
  const end = document.documentElement.scrollHeight - innerHeight;
  for (const goal of [end, 0, end, 0]) {
    while (Math.abs(scrollY - goal) > 1) {
      scrollTo(0, scrollY + Math.max(-step, Math.min(step, goal - scrollY)));
      await wait(20);
      let late = unlike();
      for (let turn = 0; late.length > 0 && turn < 100; turn++) { await wait(20); late = unlike(); }
      wrong.push(...late);
    }
  }
  return [wrong, numbers.size];
})();
"""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def mortal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mortal]:
    async with AsyncExitStack() as lives:
        daemon = Mortal(tmp_path_factory.mktemp("mortal"), lives)
        daemon.start()
        yield daemon


@pytest_asyncio.fixture(loop_scope="session", scope="module", params=[with_chromium, with_firefox])
async def person(
    request: pytest.FixtureRequest,
    mortal: Mortal,
    posts: list[Post],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Person]:
    folder = tmp_path_factory.mktemp(request.param.__name__)
    async with (
        serve_sites(posts, copies.pages(posts)) as port,
        request.param(folder, mortal.daemon, port, posts) as person,
    ):
        yield person


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def known(person: Person, posts: list[Post], mortal: Mortal) -> dict[str, str]:
    """The description of each picture that is described on X, by the picture's key."""
    await person.open(f"https://{X_HOST}/")
    await wait_for_names(person, mortal.daemon, X_PHOTOS, [post for post in posts if not post.on_pinterest])
    found = {key: label for key, label in await labels_by_key(person) if is_described(label)}
    assert len(found) >= 8, found
    return found


async def test_link_post_and_image_are_named(person: Person, known: dict[str, str]) -> None:
    await person.open(f"https://{X_HOST}/")
    for place, key in await known_places(person, known):
        await scroll_to(person, X_PHOTOS, place)
        # The tree that a screen reader reads follows the page's attributes a little later.
        assert await until(lambda place=place: _described_name(person, X_PHOTOS, place)) == known[key]
        assert known[key] in await until(lambda place=place: _described_name(person, "article", place))
        assert await until(lambda place=place: _described_name(person, PHOTO, place)) == known[key]


async def test_two_hundred_posts_scrolled_twice_carry_their_own_labels(
    person: Person, known: dict[str, str]
) -> None:
    await person.open(f"https://{copies.ENDLESS}")
    wrong, seen = await person.run(SCROLL_THROUGH, known, 1300, copies.HUMAN_EVERY)
    assert wrong == []
    assert seen == copies.POSTS


async def test_a_node_that_shows_another_picture_gets_its_description(
    person: Person, known: dict[str, str]
) -> None:
    await person.open(f"https://{X_HOST}/")
    (place, before), (_, after), *_ = await known_places(person, known)
    await until(lambda: is_described_at(person, place))
    await show(person, place, after)
    await until(lambda: _has_label(person, place, known[after]))
    await show(person, place, before)
    await until(lambda: _has_label(person, place, known[before]))


async def _has_label(person: Person, place: int, label: str) -> bool:
    return await label_at(person, place) == label


async def test_a_human_description_that_comes_late_stays(person: Person, known: dict[str, str]) -> None:
    await person.open(f"https://{X_HOST}/")
    place = (await known_places(person, known))[0][0]
    await until(lambda: is_described_at(person, place))
    await person.run(
        "const photo = document.querySelectorAll('[data-testid=tweetPhoto]')[arguments[0]];"
        "photo.setAttribute('aria-label', 'My grandmother');"
        "photo.querySelector('img').alt = 'My grandmother'",
        place,
    )

    async def is_the_sites_own() -> bool:
        outer = await person.run(
            "return document.querySelectorAll('[data-testid=tweetPhoto]')[arguments[0]].outerHTML", place
        )
        return 'role="' not in outer and "aria-hidden" not in outer and outer.count('"My grandmother"') == 2

    await until(is_the_sites_own)
    await until(lambda: _has_name(person, place, "My grandmother"))  # a little later
    await scroll_to(person, "article", 9)
    await scroll_to(person, "article", 0)
    assert await is_the_sites_own()


async def _has_name(person: Person, place: int, name: str) -> bool:
    return await person.name(X_PHOTOS, place) == name


@pytest.mark.parametrize(
    ("address", "holders", "count"),
    [
        (copies.CAROUSEL, PHOTO, 2),
        (copies.QUOTE, PHOTO, 2),
        (copies.LIGHTBOX, "#layers [data-testid=swipe-to-dismiss] div[aria-label]", 4),
    ],
)
async def test_carousel_quote_and_lightbox_agree_with_the_timeline(
    person: Person, known: dict[str, str], address: str, holders: str, count: int
) -> None:
    await person.open(f"https://{address}")

    async def agree() -> bool:
        found = await labels_by_key(person, holders)
        assert len(found) == count
        return all(label == known.get(key, label) for key, label in found)

    await until(agree)
    await until(lambda: _described_name(person, holders, count - 1))


async def test_grid_and_viewed_pin_are_named_and_keep_their_titles(person: Person, posts: list[Post]) -> None:
    pins = [post for post in posts if post.on_pinterest]
    await person.open(f"https://{PINTEREST_HOST}/")
    for place, post in enumerate(pins):
        await scroll_to(person, PINS, place)
        name = await until(lambda place=place: _described_name(person, PINS, place))
        assert post.text in name
    await person.open(f"https://{copies.CLOSEUP}")
    closeup = "[data-test-id=closeup-image] img"
    assert "This may contain" not in await until(lambda: _described_name(person, closeup, 0))


async def _described_name(person: Person, selector: str, place: int) -> str | None:
    name = await person.name(selector, place)
    return name if is_described(name) else None


@pytest.mark.parametrize(("host", "pictures"), [(X_HOST, PHOTO), (PINTEREST_HOST, PINS)])
async def test_switching_off_restores_every_byte(person: Person, host: str, pictures: str) -> None:
    await person.open(f"https://{host}/")

    async def is_labelled() -> bool:
        return any(map(is_described, await person.run(LABELS, pictures)))

    await until(is_labelled)
    assert not await own_labels_stand(person)
    await person.switch(on=False)
    await until(lambda: own_labels_stand(person))
    await person.switch(on=True)
    await until(is_labelled)


async def test_a_picture_is_described_after_the_background_was_killed(
    person: Person, known: dict[str, str], posts: list[Post]
) -> None:
    await person.open(f"https://{X_HOST}/")
    place = (await known_places(person, known))[0][0]
    await scroll_to(person, PHOTO, place)
    await person.kill_background()
    await show(person, place, new_pictures(posts)[0])
    await until(lambda: is_described_at(person, place))


async def test_the_daemon_may_be_killed_and_come_back(
    person: Person, known: dict[str, str], posts: list[Post], mortal: Mortal
) -> None:
    await person.open(f"https://{X_HOST}/")
    place = (await known_places(person, known))[0][0]
    await scroll_to(person, PHOTO, place)
    await until(lambda: is_described_at(person, place))
    await person.run(
        "document.body.dataset.said = '';"
        "new MutationObserver(([{ target }]) => { document.body.dataset.said += target.textContent + '|' })"
        ".observe(document.querySelector('[aria-live]'), { childList: true })"
    )
    mortal.kill()
    others = [key for key, _ in await labels_by_key(person)][place + 1 :]
    for key in new_pictures(posts)[1:3]:
        await show(person, place, key)
        await until(lambda: _has_label(person, place, "Image"))
    await until(lambda: _said(person, "altd is not running"))
    for key, label in (await labels_by_key(person))[place + 1 :]:
        assert key in others
        assert label in ("Image", known.get(key))  # what is known stays
    mortal.start(str(mortal.daemon.port))
    await until(lambda: is_described_at(person, place))
    said = await until(lambda: _said(person, "altd is running again."))
    assert said.count("altd is not running") == said.count("running again") == 1, said


async def _said(person: Person, words: str) -> str | None:
    said = str(await person.run("return document.body.dataset.said"))
    return said if words in said else None


async def test_a_reloaded_extension_takes_over_what_it_has_left(
    person: Person, known: dict[str, str]
) -> None:
    await person.open(f"https://{X_HOST}/")
    (place, before), (_, after), *_ = await known_places(person, known)
    await scroll_to(person, PHOTO, place)
    await until(lambda: is_described_at(person, place))
    await person.run("document.querySelector('[aria-live]').dataset.old = 'yes'")
    await person.reload_extension()
    await until(lambda: person.run("return !!document.querySelector('[aria-live]:not([data-old])')"))
    await until(lambda: _has_label(person, place, known[before]))
    await show(person, place, after)
    await until(lambda: _has_label(person, place, known[after]))
    await show(person, place, before)
    await person.switch(on=False)
    await until(lambda: own_labels_stand(person))
    await person.switch(on=True)
