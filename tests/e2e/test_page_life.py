"""What pages do to our labels, and what happens to altd meanwhile: the same in Chromium and in Firefox."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import copies
import pytest
import pytest_asyncio
from desk import Desk
from playwright.async_api import BrowserContext
from window import ChromiumWindow, Window, scroll_to, until

from altd.demo.browser import is_described, open_browser, pair
from altd.demo.feed import PINTEREST_HOST, X_HOST, Post
from altd.demo.run import PINS, X_PHOTOS
from altd.demo.sites import resolver_rules, serve_sites
from altd.models.catalogue import BUNDLED
from conftest import EXTENSION
from daemon_process import Daemon, start_daemon

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

PHOTO = "[data-testid=tweetPhoto]"
LABELS = (
    "return Array.from(document.querySelectorAll(arguments[0]), (node) => node.getAttribute('aria-label'))"
)

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


class Person(Window, Protocol):
    """A window, and what a person does beside it."""

    async def switch(self, on: bool) -> None:
        """The switch in the popup."""

    async def kill_background(self) -> None:
        """End the extension's background as the browser does when it is idle."""


class ChromiumPerson(ChromiumWindow):
    """A person with Chromium."""

    def __init__(self, desk: Desk, page: Any) -> None:
        super().__init__(page)
        self._desk = desk

    async def switch(self, on: bool) -> None:
        await self._desk.switch(on)
        await self.page.bring_to_front()

    async def kill_background(self) -> None:
        page = await self._desk.own_page("popup.html")
        session = await page.context.new_cdp_session(page)
        await session.send("ServiceWorker.enable")
        await session.send("ServiceWorker.stopAllWorkers")
        await page.close()
        await self.page.bring_to_front()

    async def reload_extension(self) -> None:
        """As an update does: scripts in open pages are left behind."""
        page = await self._desk.context.new_page()
        await page.goto("chrome://extensions")
        await page.evaluate(
            # without developer mode Chromium disables what is not from its store
            "(id) => chrome.developerPrivate.updateProfileConfiguration({ inDeveloperMode: true })"
            ".then(() => chrome.developerPrivate.reload(id))",
            self._desk.worker.url.split("/")[2],
        )
        await page.close()
        await self.page.bring_to_front()


@dataclass
class Mortal:
    """A daemon that can be killed and comes back on the same port."""

    home: Path
    lives: AsyncExitStack
    daemon: Daemon = field(init=False)

    def start(self, port: str = "0") -> None:
        running = start_daemon(self.home, BUNDLED, "nf4", ALTD_PORT=port)
        self.daemon = self.lives.enter_context(running)
        self.daemon.wait_until_ready()

    def kill(self) -> None:
        self.daemon.process.kill()
        self.daemon.process.wait()


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def mortal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mortal]:
    async with AsyncExitStack() as lives:
        daemon = Mortal(tmp_path_factory.mktemp("mortal"), lives)
        daemon.start()
        yield daemon


@asynccontextmanager
async def with_chromium(folder: Path, daemon: Daemon, port: int, posts: list[Post]) -> AsyncIterator[Person]:
    if not (EXTENSION / "manifest.json").is_file():
        pytest.skip("the extension is not built")
    context: BrowserContext
    async with open_browser(EXTENSION, folder / "profile", port, resolver_rules(port)) as context:
        await pair(context, daemon.json("POST", "/v1/pairing-codes").body["code"], daemon.port)
        yield ChromiumPerson(Desk(daemon, context, posts), await context.new_page())


@asynccontextmanager
async def with_firefox(folder: Path, daemon: Daemon, port: int, posts: list[Post]) -> AsyncIterator[Person]:
    firefox = pytest.importorskip("firefox", reason="marionette_driver wants a Python before 3.13")
    if firefox.find_firefox() is None:
        pytest.skip("packaging/need-for-tests installs Firefox")
    async with firefox.open_firefox(folder, port) as person:
        await person.pair(daemon.json("POST", "/v1/pairing-codes").body["code"], daemon.port)
        yield person


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
async def known(person: Person, posts: list[Post]) -> dict[str, str]:
    """The description of each picture that is described on X, by the picture's key."""
    await person.open(f"https://{X_HOST}/")
    for place in range(sum(not post.on_pinterest for post in posts)):
        await scroll_to(person, X_PHOTOS, place)
        await until(lambda place=place: _is_described_at(person, place), 10.0)
    return {
        str(key): str(label) for key, label in await labels_by_key(person, PHOTO) if is_described(str(label))
    }


async def _is_described_at(person: Person, place: int) -> bool:
    return is_described((await person.run(LABELS, PHOTO))[place])


async def labels_by_key(person: Person, holders: str) -> list[tuple[str, str]]:
    """Key and label of every photo of X in one of the holders."""
    found = await person.run(
        "return Array.from(document.querySelectorAll(arguments[0]), (node) => ["
        "node.querySelector('img').src.match(/media.([^?]+)/)[1], node.getAttribute('aria-label')])",
        holders,
    )
    return [(str(key), str(label)) for key, label in found]


async def known_places(person: Person, known: dict[str, str]) -> list[tuple[int, str]]:
    """Place and key of each photo on the page that has a description."""
    return [(place, key) for place, (key, _) in enumerate(await labels_by_key(person, PHOTO)) if key in known]


async def show(person: Person, place: int, key: str) -> None:
    """Let the node at this place show another picture, as a list does that uses its nodes again."""
    await person.run(
        "document.querySelectorAll('[data-testid=tweetPhoto] img')[arguments[0]].src = "
        "`https://pbs.twimg.com/media/${arguments[1]}?format=jpg&name=small`",
        place,
        key,
    )


async def own_labels_stand(person: Person) -> bool:
    """Whether the page is, byte for byte, what the server sent; only our empty live region is left."""
    script = (
        "return fetch(location.href).then((answer) => answer.text()).then((text) => {"
        "const sent = new DOMParser().parseFromString(text, 'text/html').body;"
        "const here = document.body.cloneNode(true);"
        "here.querySelector('[aria-live]').remove();"
        "return here.innerHTML === sent.innerHTML; })"
    )
    return bool(await person.run(script))


async def test_link_post_and_image_are_named(person: Person, known: dict[str, str]) -> None:
    await person.open(f"https://{X_HOST}/")
    described = [
        (place, key) for place, (key, _) in enumerate(await labels_by_key(person, PHOTO)) if key in known
    ]
    assert len(described) >= 8
    for place, key in described:
        await scroll_to(person, X_PHOTOS, place)
        await until(lambda place=place: _is_described_at(person, place))
        assert await person.name(X_PHOTOS, place) == known[key]
        assert known[key] in await person.name("article", place)
        assert await person.name(PHOTO, place) == known[key]


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
    places = [
        (place, key) for place, (key, _) in enumerate(await labels_by_key(person, PHOTO)) if key in known
    ]
    (place, before), (_, after) = places[0], places[1]
    await until(lambda: _is_described_at(person, place))
    await show(person, place, after)
    await until(lambda: _has_label(person, place, known[after]))
    await show(person, place, before)
    await until(lambda: _has_label(person, place, known[before]))


async def _has_label(person: Person, place: int, label: str) -> bool:
    return str((await person.run(LABELS, PHOTO))[place]) == label


async def test_a_human_description_that_comes_late_stays(person: Person, known: dict[str, str]) -> None:
    await person.open(f"https://{X_HOST}/")
    place = (await known_places(person, known))[0][0]
    await until(lambda: _is_described_at(person, place))
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
    assert await person.name(X_PHOTOS, place) == "My grandmother"
    await scroll_to(person, "article", 9)
    await scroll_to(person, "article", 0)
    assert await is_the_sites_own()


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
    assert is_described(await person.name(holders, count - 1))


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
    await until(lambda: _is_described_at(person, place))


def new_pictures(posts: Sequence[Post]) -> list[str]:
    """Keys of pictures that no page of X has shown."""
    return [post.key for post in posts if post.on_pinterest]


async def test_the_daemon_may_be_killed_and_come_back(
    person: Person, known: dict[str, str], posts: list[Post], mortal: Mortal
) -> None:
    await person.open(f"https://{X_HOST}/")
    place = (await known_places(person, known))[0][0]
    await scroll_to(person, PHOTO, place)
    await until(lambda: _is_described_at(person, place))
    await person.run(
        "document.body.dataset.said = '';"
        "new MutationObserver(([{ target }]) => { document.body.dataset.said += target.textContent + '|' })"
        ".observe(document.querySelector('[aria-live]'), { childList: true })"
    )
    mortal.kill()
    others = [key for key, _ in await labels_by_key(person, PHOTO)][place + 1 :]
    for key in new_pictures(posts)[1:3]:
        await show(person, place, key)
        await until(lambda: _has_label(person, place, "Image"))
    await until(lambda: _said(person, "altd is not running"))
    for key, label in (await labels_by_key(person, PHOTO))[place + 1 :]:
        assert key in others
        assert label in ("Image", known.get(key))  # what is known stays
    mortal.start(str(mortal.daemon.port))
    await until(lambda: _is_described_at(person, place))
    said = await until(lambda: _said(person, "altd is running again."))
    assert said.count("altd is not running") == said.count("running again") == 1, said


async def _said(person: Person, words: str) -> str | None:
    said = str(await person.run("return document.body.dataset.said"))
    return said if words in said else None


async def test_labels_return_when_the_extension_was_reloaded(person: Person, known: dict[str, str]) -> None:
    if not isinstance(person, ChromiumPerson):
        pytest.skip("Firefox drops a temporary extension's pages when it is reloaded")
    await person.open(f"https://{X_HOST}/")
    place = (await known_places(person, known))[0][0]
    await scroll_to(person, PHOTO, place)
    await until(lambda: _is_described_at(person, place))
    await person.reload_extension()
    await until(lambda: _has_label(person, place, "Image"))
    await until(lambda: _is_described_at(person, place))
