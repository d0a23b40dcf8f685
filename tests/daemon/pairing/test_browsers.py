"""Where browsers look, who may start the program, and that its ids are the extension's."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from altd.pairing.browsers import (
    BROWSERS,
    CHROMIUM_ID,
    GECKO_ID,
    Places,
    caller_origin,
    is_extension_origin,
    present,
)

ROOT = Path(__file__).parents[3]
OWN = f"chrome-extension://{CHROMIUM_ID}"
LINUX = Places("linux", Path("/home/a"), Path("/home/a/.config"))
MACOS = Places("darwin", Path("/Users/a"), Path("/Users/a/.config"))


def test_the_ids_are_those_of_the_built_extension() -> None:
    """Chromium's id: the first 16 bytes of the key's sha256, each half byte as a letter from a to p."""
    config = (ROOT / "extension" / "wxt.config.ts").read_text()
    key = re.search(r"PUBLIC_KEY =\s+'([^']+)'", config)
    assert key is not None
    digest = hashlib.sha256(base64.b64decode(key[1])).hexdigest()[:32]
    assert "".join(chr(ord("a") + int(digit, 16)) for digit in digest) == CHROMIUM_ID
    assert f"id: '{GECKO_ID}'" in config


@pytest.mark.parametrize(
    ("name", "linux", "macos"),
    [
        ("chrome", ".config/google-chrome/NativeMessagingHosts", "Google/Chrome"),
        ("chromium", ".config/chromium/NativeMessagingHosts", "Chromium"),
        ("edge", ".config/microsoft-edge/NativeMessagingHosts", "Microsoft Edge"),
        ("brave", ".config/BraveSoftware/Brave-Browser/NativeMessagingHosts", "BraveSoftware/Brave-Browser"),
        ("firefox", ".mozilla/native-messaging-hosts", "Mozilla"),
    ],
)
def test_where_each_looks(name: str, linux: str, macos: str) -> None:
    assert LINUX.programs(BROWSERS[name]) == Path("/home/a") / linux
    support = Path("/Users/a/Library/Application Support")
    assert MACOS.programs(BROWSERS[name]) == support / macos / "NativeMessagingHosts"


def test_which_are_here(tmp_path: Path) -> None:
    places = Places("linux", tmp_path, tmp_path / "config")
    assert present(places) == []
    (tmp_path / "config" / "chromium").mkdir(parents=True)
    (tmp_path / ".mozilla").mkdir()
    assert [browser.name for browser in present(places)] == ["chromium", "firefox"]


def test_a_snap_may_start_nothing(tmp_path: Path) -> None:
    places = Places("linux", tmp_path, tmp_path / "config")
    assert not places.is_sealed(BROWSERS["chromium"])
    (tmp_path / "snap" / "chromium").mkdir(parents=True)
    assert places.is_sealed(BROWSERS["chromium"])
    (tmp_path / "config" / "chromium").mkdir(parents=True)  # a package beside it
    assert not places.is_sealed(BROWSERS["chromium"])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [OWN],
        [f"{OWN}/x"],
        ["chrome-extension://" + "a" * 32 + "/"],
        ["https://x.com/"],
        ["--parent-window=1", f"{OWN}/"],
        ["/manifest.json", GECKO_ID],
    ],
)
def test_who_may_not_start_it_in_chromium(arguments: list[str]) -> None:
    assert caller_origin(BROWSERS["chrome"], arguments) is None
    assert caller_origin(BROWSERS["chrome"], [f"{OWN}/", *arguments]) == OWN


@pytest.mark.parametrize("arguments", [[], [GECKO_ID], ["/manifest.json"], ["/manifest.json", "other@x"]])
def test_who_may_not_start_it_in_firefox(arguments: list[str]) -> None:
    assert caller_origin(BROWSERS["firefox"], arguments) is None
    assert caller_origin(BROWSERS["firefox"], ["/m.json", GECKO_ID]) == "moz-extension://"


def test_origins_of_extensions() -> None:
    assert is_extension_origin(OWN)
    assert is_extension_origin("moz-extension://01234567-89ab-cdef-0123-456789abcdef")
    for other in (None, "", f"{OWN}/", f"{OWN}\n", "https://x.com", "null", "moz-extension://"):
        assert not is_extension_origin(other)
