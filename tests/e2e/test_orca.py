"""What a person hears: Orca reads the copies of the sites, the bundled model describes them.

The whole log of a walk is judged, not the answer to each key: a slow machine may say a thing one key later.
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from desk import Desk
from screen_reader import Reader, missing_programs, start_orca
from window import ChromiumWindow, Window, wait_for_names

from altd.demo.browser import is_described, open_browser, pair
from altd.demo.feed import PINTEREST_HOST, X_HOST, Post
from altd.demo.run import PINS, X_PHOTOS
from altd.demo.sites import resolver_rules, serve_sites
from conftest import EXTENSION
from daemon_process import Daemon

MISSING = missing_programs()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(bool(MISSING), reason=f"packaging/need-for-tests installs what is missing: {MISSING}"),
]

MARK = re.compile(r"AI description:|AI guess, may be wrong:|AI description is coming")

# What Orca says of its own accord about the roles and the landmarks of a page.
ORCAS_WORDS = set(
    "link image article clickable banner main content heading level list with items wrapping".split()
)
ORCAS_WORDS |= set("to top bottom leaving unclickable graphic of 1".split())


@dataclass(frozen=True)
class Feed:
    """One site's page as it is read: the label that each picture has by now, and all its words."""

    names: list[str]
    texts: list[str]
    words: set[str]

    def order(self, said: str) -> list[int]:
        """The places of the descriptions in what was said, in the order of speech."""
        found = [
            (match.start(), place)
            for place, name in enumerate(self.names)
            if is_described(name)
            for match in re.finditer(re.escape(name), said)
        ]
        return [place for _, place in sorted(found)]


class Listener:
    """A browser whose windows Orca reads, and a daemon that is paired with it."""

    def __init__(self, daemon: Daemon, posts: list[Post], reader: Reader, window: Window) -> None:
        self.posts, self.reader, self.window = posts, reader, window
        self._daemon = daemon

    async def go_to(self, host: str, title: str, selector: str, posts: Sequence[Post]) -> Feed:
        """Open a site, wait until its pictures are described, and stand at its beginning."""
        await self.window.open(f"https://{host}/")
        await self.reader.activate(title)
        await wait_for_names(self.window, self._daemon, selector, posts)
        names = await self.window.run(
            "return Array.from(document.querySelectorAll(arguments[0]), (image) => image.alt)",
            f"{selector} img",
        )
        on_page = await self.window.run(
            "return [document.body.innerText, ...Array.from(document.querySelectorAll('[aria-label]'), "
            "(node) => node.getAttribute('aria-label'))].join(' ')"
        )
        return Feed(names, [post.text for post in posts], words_of(on_page))

    async def walk(self, key: str, times: int) -> list[str]:
        """Go to the beginning, press a key so often or to the end, and return every utterance."""
        await self.reader.press("ctrl+Home")
        before = len(self.reader.spoken())
        for _ in range(times):
            if not await self.reader.press(key):
                break
        return self.reader.spoken()[before:]


def words_of(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def judge(feed: Feed, spoken: list[str], visits: int) -> None:
    """Each description so often, in the order of the page, and nothing that is not on it."""
    said = " ".join(spoken)
    described = [place for place, name in enumerate(feed.names) if is_described(name)]
    assert feed.order(said) == [place for place in described for _ in range(visits)], spoken
    assert len(MARK.findall(said)) == len(described) * visits, spoken
    # Chromium says it where the model has nothing to say and the site's own "Image" stands.
    assert said.count("Unlabeled image") == (len(feed.names) - len(described)) * visits, spoken
    assert words_of(said) - feed.words - ORCAS_WORDS - words_of("Unlabeled") == set(), spoken


@asynccontextmanager
async def in_chromium(
    reader: Reader, folder: Path, daemon: Daemon, posts: list[Post], port: int
) -> AsyncIterator[Window]:
    if not (EXTENSION / "manifest.json").is_file():
        pytest.skip("the extension is not built")
    with pytest.MonkeyPatch.context() as variables:
        for name, value in reader.environment.items():
            variables.setenv(name, value)
        async with open_browser(EXTENSION, folder / "profile", port, resolver_rules(port)) as context:
            await pair(context, daemon.json("POST", "/v1/pairing-codes").body["code"], daemon.port)
            await Desk(daemon, context, posts).switch_learning_on()
            yield ChromiumWindow(await context.new_page())


@asynccontextmanager
async def in_firefox(
    reader: Reader, folder: Path, daemon: Daemon, posts: list[Post], port: int
) -> AsyncIterator[Window]:
    firefox = pytest.importorskip("firefox", reason="marionette_driver wants a Python before 3.13")
    if firefox.find_firefox() is None:
        pytest.skip("packaging/need-for-tests installs Firefox")
    async with firefox.open_firefox(folder / "firefox", port, reader.environment) as window:
        await window.pair(daemon.json("POST", "/v1/pairing-codes").body["code"], daemon.port)
        await window.switch_learning_on()
        yield window


@pytest_asyncio.fixture(loop_scope="session", scope="module", params=[in_chromium, in_firefox])
async def listener(
    request: pytest.FixtureRequest,
    bundled_daemon: Daemon,
    posts: list[Post],
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Listener]:
    folder = tmp_path_factory.mktemp("orca")
    with start_orca(folder) as reader:
        async with (
            serve_sites(posts) as port,
            request.param(reader, folder, bundled_daemon, posts, port) as window,
        ):
            yield Listener(bundled_daemon, posts, reader, window)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def timeline(listener: Listener) -> Feed:
    on_x = [post for post in listener.posts if not post.on_pinterest]
    assert len(on_x) == 10
    feed = await listener.go_to(X_HOST, "Home / X", X_PHOTOS, on_x)
    assert sum(map(is_described, feed.names)) >= 8, feed.names
    return feed


async def test_nothing_is_said_while_descriptions_arrive(listener: Listener, timeline: Feed) -> None:
    assert not MARK.search(" ".join(listener.reader.spoken())), listener.reader.spoken()


async def test_tab_reads_each_description_in_its_post_and_at_its_photo(
    listener: Listener, timeline: Feed
) -> None:
    spoken = await listener.walk("Tab", 4 * len(timeline.names))  # post, author, time, photo
    judge(timeline, spoken, visits=2)
    for text, name in zip(timeline.texts, timeline.names, strict=True):
        assert sum(text in utterance and name in utterance for utterance in spoken) == 1, (text, spoken)


async def test_arrows_read_each_description_once(listener: Listener, timeline: Feed) -> None:
    # heading; author, text, photo, counts; and on to the end, where nothing of ours is to be heard
    spoken = await listener.walk("Down", 3 + 4 * len(timeline.names))
    judge(timeline, spoken, visits=1)


async def test_next_graphic_reads_each_description_once(listener: Listener, timeline: Feed) -> None:
    judge(timeline, await listener.walk("g", len(timeline.names)), visits=1)


async def test_next_link_reads_each_description_once(listener: Listener, timeline: Feed) -> None:
    some = replace(timeline, names=timeline.names[:4])
    judge(some, await listener.walk("k", 4 * len(some.names)), visits=1)  # author, handle, time, photo


async def test_a_verdict_by_keyboard_is_confirmed_once(listener: Listener, timeline: Feed) -> None:
    await listener.walk("Tab", 4)
    assert await listener.reader.press("alt+shift+y") == "Saved as good."
    before = len(listener.reader.spoken())
    await listener.reader.press("alt+shift+j")
    heard = await listener.reader.listen(before, quiet_s=4.0)  # another description is made meanwhile
    assert heard.startswith("Marked as wrong. Looking for another description. AI "), heard
    assert len(MARK.findall(heard)) == 1, heard
    assert timeline.names[0] not in heard, heard


async def test_the_grid_is_read_in_every_way(listener: Listener) -> None:
    pins = [post for post in listener.posts if post.on_pinterest]
    grid = await listener.go_to(PINTEREST_HOST, "Pinterest", PINS, pins)
    for key, times in (("Tab", 2 * len(pins)), ("k", 2 * len(pins)), ("g", len(pins))):
        judge(grid, await listener.walk(key, times), visits=1)
