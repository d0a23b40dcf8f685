"""A real Chromium that has never seen altd pairs without a code, and so starts a daemon that did not run."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import EXTENSION

from altd.demo.browser import open_browser
from altd.pairing.browsers import CHROMIUM_ID
from altd.paths import Paths
from daemon.cli.processes import altd

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = f"chrome-extension://{CHROMIUM_ID}/pair.html"


@pytest.fixture
def home(tiny_model: Path) -> Iterator[Paths]:
    """A home whose settings name the tiny model: the browser hands on no variables of a terminal."""
    if not (EXTENSION / "manifest.json").is_file():
        pytest.skip("the extension is not built")
    paths = Paths.default()
    paths.ensure()
    paths.config_file.write_text(f'model = "{tiny_model}"\nquantization = "none"\nport = 0\n')
    yield paths
    if paths.info_file.exists():
        altd("stop")


async def test_without_a_code_and_after_a_revocation(home: Paths, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    async with open_browser(EXTENSION, profile, 9, "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1") as context:
        page = await context.new_page()
        if not context.service_workers:
            await context.wait_for_event("serviceworker", timeout=30_000)
        await page.goto(PAGE)
        status = page.get_by_role("status")
        await status.get_by_text("altd pair install").wait_for(timeout=30_000)  # says why, and what to type

        assert altd("pair", "install", "chromium", "--data-folder", str(profile)).code == 0
        await page.get_by_role("button", name="Pair without a code").click()
        await status.get_by_text("Paired").wait_for(timeout=60_000)
        assert home.info_file.exists()  # it was started
        [token] = json.loads(altd("pair", "list", "--json").out)
        assert (token["name"], token["origin"]) == ("Chromium", f"chrome-extension://{CHROMIUM_ID}")
        ask = "chrome.runtime.sendMessage({ request: 'status', data: null })"
        assert (await page.evaluate(ask))["value"]["state"] in ("loading", "ready")

        assert altd("pair", "revoke", token["id"]).code == 0
        assert (await page.evaluate(ask))["value"]["state"] == "not_paired"
        await page.reload()
        assert json.loads(altd("pair", "list", "--json").out) == []  # nobody has pressed the button
