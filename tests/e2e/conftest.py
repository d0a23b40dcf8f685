"""A real daemon on the bundled model, and a real Chromium with the extension on copies of the sites."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from desk import EXTENSION, Desk

from altd.demo.browser import open_browser, pair
from altd.demo.feed import Post, read_posts
from altd.demo.sites import resolver_rules, serve_sites
from altd.models.catalogue import BUNDLED, find_model
from daemon_process import Daemon, start_daemon


@pytest.fixture(scope="session")
def bundled_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    if not (find_model(BUNDLED).directory / "config.json").is_file():
        pytest.skip("no bundled model")
    with start_daemon(tmp_path_factory.mktemp("e2e") / "home", BUNDLED, "nf4") as running:
        running.wait_until_ready()
        yield running


@pytest.fixture(scope="session")
def posts(tmp_path_factory: pytest.TempPathFactory) -> list[Post]:
    folder = tmp_path_factory.mktemp("pictures")
    draw = [sys.executable, "-m", "altd_trainer", "draw", "--out", str(folder)]
    subprocess.run(draw, check=True, capture_output=True)
    return read_posts(folder)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def desk(
    bundled_daemon: Daemon, posts: list[Post], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    if not (EXTENSION / "manifest.json").is_file():
        pytest.skip("the extension is not built")
    profile = tmp_path_factory.mktemp("profile")
    async with (
        serve_sites(posts) as port,
        open_browser(EXTENSION, profile, port, resolver_rules(port)) as context,
    ):
        code = bundled_daemon.json("POST", "/v1/pairing-codes").body["code"]
        await pair(context, code, bundled_daemon.port)
        desk = Desk(bundled_daemon, context, posts)
        await desk.switch_learning_on()
        yield desk
