"""What lets a browser start altd: written, found out of date, taken back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from altd.pairing.browsers import BROWSERS, CHROMIUM_ID, GECKO_ID, HOST, Places
from altd.pairing.manifests import install, manifest, registration, remove, state
from altd.paths import Paths

TEMPLATES = Path(__file__).parents[3] / "packaging" / "native-messaging"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places("linux", tmp_path, tmp_path / "config")


@pytest.mark.parametrize("name", BROWSERS)
def test_exactly_our_extension_may_start_it(name: str, places: Places) -> None:
    entry = registration(BROWSERS[name], Paths.default(), places)
    install(entry)
    said = json.loads(entry.manifest.read_text())
    assert said["name"] == HOST == entry.manifest.stem
    assert (said["type"], Path(said["path"])) == ("stdio", entry.launcher)
    if name == "firefox":
        assert said["allowed_extensions"] == [GECKO_ID]
        assert "allowed_origins" not in said
    else:
        assert said["allowed_origins"] == [f"chrome-extension://{CHROMIUM_ID}/"]
        assert "allowed_extensions" not in said
    assert entry.launcher.stat().st_mode & 0o777 == 0o700
    assert entry.manifest.stat().st_mode & 0o777 == 0o600


def test_the_templates_are_the_same() -> None:
    for name in ("chromium", "firefox"):
        template = json.loads((TEMPLATES / f"{name}.json").read_text())
        assert template == manifest(BROWSERS[name], "@PROGRAM@")


def test_from_absent_to_current_and_back(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    def here() -> str:
        return state(registration(BROWSERS["edge"], Paths.default(), places))

    assert here() == "absent"
    install(registration(BROWSERS["edge"], Paths.default(), places))
    assert here() == "current"
    monkeypatch.setattr(sys, "executable", "/elsewhere/python")  # an installation that has moved
    assert here() == "outdated"


def test_taking_it_back(places: Places) -> None:
    entry = registration(BROWSERS["brave"], Paths.default(), places)
    install(entry)
    entry.launcher.chmod(0o600)
    assert state(entry) == "outdated"
    assert remove(entry)
    assert not entry.manifest.exists()
    assert not entry.launcher.exists()
    assert not remove(entry)


def test_a_browser_with_a_data_folder_of_its_own(places: Places, tmp_path: Path) -> None:
    entry = registration(BROWSERS["chromium"], Paths.default(), places, tmp_path / "profile")
    assert entry.manifest == tmp_path / "profile" / "NativeMessagingHosts" / f"{HOST}.json"


def test_windows_has_a_key_and_a_batch_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", r"C:\100% mine\python.exe")
    places = Places("win32", Path("C:/Users/a"), Path())
    entry = registration(BROWSERS["edge"], Paths.default(), places)
    assert entry.key == rf"Software\Microsoft\Edge\NativeMessagingHosts\{HOST}"
    assert entry.launcher.suffix == ".bat"
    lines = entry.script.split("\r\n")
    assert lines[0] == "@echo off"
    assert lines[-2] == r'"C:\100%% mine\python.exe" -P -m altd.cli.native_host edge %*'
    keys = {b.name: registration(b, Paths.default(), places).key for b in BROWSERS.values()}
    assert keys["brave"] == keys["chrome"]  # Brave reads Chrome's
    assert len(set(keys.values())) == 4
