"""What a person hears: Orca reads our own pages and the copies of the sites.

The whole log of a walk is judged, not the answer to each key: a slow machine may say a thing one key later.
"""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from desk import select
from listener import MARK, Listener, in_chromium, in_firefox
from screen_reader import missing_programs, start_orca
from window import wait_for_names

from altd.demo.browser import is_described
from altd.demo.feed import PINTEREST_HOST, X_HOST, Post
from altd.demo.run import PINS, X_PHOTOS
from altd.demo.sites import serve_sites
from daemon_process import Daemon

MISSING = missing_programs()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(bool(MISSING), reason=f"packaging/need-for-tests installs what is missing: {MISSING}"),
]

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


async def go_to(listener: Listener, host: str, title: str, selector: str, posts: Sequence[Post]) -> Feed:
    """Open a site, wait until its pictures are described, and stand at its beginning."""
    window = await listener.window()
    await window.open(f"https://{host}/")
    await listener.reader.activate(title)
    await wait_for_names(window, listener.daemon, selector, posts)
    names = await window.run(
        "return Array.from(document.querySelectorAll(arguments[0]), (image) => image.alt)",
        f"{selector} img",
    )
    on_page = await window.run(
        "return [document.body.innerText, ...Array.from(document.querySelectorAll('[aria-label]'), "
        "(node) => node.getAttribute('aria-label'))].join(' ')"
    )
    return Feed(names, [post.text for post in posts], words_of(on_page))


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
            request.param(reader, folder, port) as opener,
        ):
            yield Listener(bundled_daemon, posts, reader, opener)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def onboarding(listener: Listener) -> list[str]:
    """The set-up page, gone through by ear to its end; all that was said."""
    reader = listener.reader
    await reader.activate("Set up altd")
    await reader.wait_for(0, "Or type a code below.")  # altd is not installed for this browser
    await listener.find("Tab", "Code entry")
    await listener.write(listener.daemon.json("POST", "/v1/pairing-codes").body["code"])
    await listener.find("Tab", "Port of altd")
    await listener.write(str(listener.daemon.port))
    await listener.find("Tab", "Pair push button")
    await listener.activate("Paired.")
    await listener.find("h", "2. Access to the sites")
    await listener.find("Down", "Nothing is left to do")
    await listener.find("Tab", "Describe the picture push button")
    await listener.activate("AI ")
    await listener.find("Tab", "Learn from my corrections check box not checked")
    await listener.activate("Learning is on.")
    await listener.find("h", "5. Keys")
    await listener.find("Down", r"Open the description dialog for the current image: Alt\+Shift\+D")
    return reader.spoken()


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def timeline(listener: Listener, onboarding: list[str]) -> Feed:
    on_x = [post for post in listener.posts if not post.on_pinterest]
    assert len(on_x) == 10
    feed = await go_to(listener, X_HOST, "Home / X", X_PHOTOS, on_x)
    assert sum(map(is_described, feed.names)) >= 8, feed.names
    return feed


async def test_altd_is_set_up_by_ear(listener: Listener, onboarding: list[str]) -> None:
    said = " ".join(onboarding)
    for result in ("Paired. ", "Learning is on."):
        assert said.count(result) == 1, onboarding
    for step in ("Pairing…", "Describing the image."):  # a result that comes at once is said instead
        assert said.count(step) <= 1, onboarding
    assert len(MARK.findall(said)) == 1, onboarding  # the picture to try it with
    # each field with what belongs into it
    assert re.search(r"Code entry required. .{0,3}In a terminal, type: altd pair .{0,3}Type the code", said)


async def test_nothing_is_said_while_descriptions_arrive(
    listener: Listener, onboarding: list[str], timeline: Feed
) -> None:
    since = listener.reader.spoken()[len(onboarding) :]
    assert not MARK.search(" ".join(since)), since


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


def verdicts(daemon: Daemon) -> list[tuple[Any, ...]]:
    return select(daemon, "SELECT verdict, position, undone_at FROM feedback ORDER BY created_at")


async def test_the_dialog_is_gone_through_by_ear(listener: Listener, timeline: Feed) -> None:
    reader, stored = listener.reader, verdicts(listener.daemon)
    await listener.walk("Tab", 8)  # to the photo of the second post
    before = len(reader.spoken())
    await reader.press("alt+shift+d")
    opened = " ".join(await reader.wait_for(before, timeline.names[1]))  # said at once
    assert len(MARK.findall(opened)) == 1, opened
    await listener.find("Down", re.escape(timeline.names[1][:40]))  # a line may not hold more
    await listener.find("Tab", "Good toggle button not pressed")
    await listener.activate("Saved as good.")
    await listener.find("Tab", "Wrong toggle button not pressed")
    rejected = await listener.activate("New description: AI ")
    assert " ".join(rejected).count("Marked as wrong.") == 1, rejected
    text = MARK.sub("", timeline.names[1]).strip()
    await listener.find("Tab", f"This one is better, number .* push button. {re.escape(text)}")
    await listener.activate(f"Saved as better: {timeline.names[1]}")
    await listener.find("Tab", "More detail push button")
    await listener.activate("Describing the image. ")
    await listener.find("Tab", "Copy the description push button")
    await listener.activate("Copied.")
    await listener.find("Tab", "Your own words entry")
    await listener.write("Three apples")
    await listener.find("Tab", "Save my words push button")
    await listener.activate("Saved your words.")
    await listener.find("shift+Tab", "Undo push button")
    await listener.activate("Undone.")
    before = len(reader.spoken())
    await reader.press("Escape")
    await reader.wait_for(before, timeline.names[1])  # back at the photo
    said = verdicts(listener.daemon)[len(stored) :]
    assert [verdict for verdict, _, undone in said if not undone] == [], said
    assert [verdict for verdict, *_ in said] == ["accept", "reject", "prefer", "edit"], said
    assert said[2][1] in (1, 2), said  # where the better one stood


async def test_the_grid_is_read_in_every_way(listener: Listener) -> None:
    pins = [post for post in listener.posts if post.on_pinterest]
    grid = await go_to(listener, PINTEREST_HOST, "Pinterest", PINS, pins)
    for key, times in (("Tab", 2), ("k", 2), ("g", 1), ("Down", 5)):
        judge(grid, await listener.walk(key, times * len(pins)), visits=1)
