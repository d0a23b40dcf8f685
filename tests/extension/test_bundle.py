"""What is shipped: no code from elsewhere, no HTML from strings, a strict policy, honest permissions."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

OUTPUT = Path(__file__).parents[2] / "extension/.output"
BUILDS = ("chrome-mv3", "firefox-mv3")

# What AMO and the Chrome Web Store look for, and what would let a post's text become code.
FORBIDDEN = re.compile(
    r"\.(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function\b|importScripts\("
    r"|createContextualFragment|setHTMLUnsafe|import\(\s*[\"'`]https?:|sourceMappingURL=http"
)
ADDRESS = re.compile(r"https?://[A-Za-z0-9.*-]+")
# Addresses that scripts may name: the daemon, the pictures' hosts and the sites themselves.
KNOWN = re.compile(
    r"https?://(?:127\.0\.0\.1|pbs\.twimg\.com|i\.pinimg\.com|(?:mobile\.)?(?:x|twitter)\.com"
    r"|\*(?:\.(?:pinterest\.[a-z.]+)?)?|www\.w3\.org|localhost)$"
)


class Loads(HTMLParser):
    """Collects what a page loads, and code or styles written into it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.addresses += [named[name] for name in ("src", "href") if name in named]
        self.inline += [name for name in named if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in named):
            self.inline.append(tag)


@pytest.fixture(params=BUILDS)
def build(request: pytest.FixtureRequest) -> Path:
    folder = OUTPUT / request.param
    if not (folder / "manifest.json").is_file():
        pytest.skip("the extension is not built")
    return folder


def manifest_of(build: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((build / "manifest.json").read_text())
    return manifest


def test_no_script_makes_code_or_html_from_strings(build: Path) -> None:
    scripts = list(build.rglob("*.js"))
    assert len(scripts) >= 6
    assert {script.name: FORBIDDEN.findall(script.read_text()) for script in scripts} == {
        script.name: [] for script in scripts
    }


def test_no_script_names_an_address_beyond_the_daemon_and_the_sites(build: Path) -> None:
    named = {address for script in build.rglob("*.js") for address in ADDRESS.findall(script.read_text())}
    assert {address for address in named if not KNOWN.match(address)} == set()


def test_pages_load_files_of_their_own_only(build: Path) -> None:
    pages = list(build.glob("*.html"))
    assert {page.stem for page in pages} == {"feedback", "options", "pair", "popup"}
    for page in pages:
        loads = Loads()
        loads.feed(page.read_text())
        assert loads.inline == []
        assert all((build / address.lstrip("/")).is_file() for address in loads.addresses), loads.addresses


def test_the_policy_allows_neither_foreign_code_nor_inline_code(build: Path) -> None:
    policy = manifest_of(build)["content_security_policy"]["extension_pages"]
    directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert "unsafe" not in policy


def test_firefox_is_told_what_leaves_the_browser() -> None:
    build = OUTPUT / "firefox-mv3"
    if not (build / "manifest.json").is_file():
        pytest.skip("the extension is not built")
    gecko = manifest_of(build)["browser_specific_settings"]["gecko"]
    assert gecko["data_collection_permissions"] == {"required": ["websiteContent"]}
