"""Settings from the file and the environment, and their page in docs/."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from altd.cli._errors import DEBUG_VARIABLE
from altd.config import Settings
from altd.errors import AltdError
from altd.paths import HOME_VARIABLE

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")


def load(tmp_path: Path, text: str, **environment: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return Settings.load(path, environment)


def refusal(tmp_path: Path, text: str, **environment: str) -> str:
    with pytest.raises(AltdError) as caught:
        load(tmp_path, text, **environment)
    assert caught.value.code == "config_invalid"
    return caught.value.message


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert Settings.load(tmp_path / "nothing.toml", {}) == Settings()


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path, 'port = 1\nlog_level = "debug"', ALTD_PORT="2")
    assert (settings.port, settings.log_level) == (2, "debug")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("prot = 1", "did you mean `port`"),
        ("xyzzy = 1", "there are port"),
        ('port = "1"', "`port` must be a whole number"),
        ("port = true", "`port` must be a whole number"),
        ("port = 65536", "between 0 and 65535"),
        ("model = 1", "`model` must be a text"),
        ('log_level = "loud"', "one of debug"),
        ("port = ", "not TOML"),
        ("images_quota_mb = 0", "between 1"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, hint: str) -> None:
    assert hint in refusal(tmp_path, text)


def test_a_variable_that_is_no_number(tmp_path: Path) -> None:
    assert "ALTD_PORT" in refusal(tmp_path, "", ALTD_PORT="x")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(AltdError) as caught:
        Settings.load(path, {})
    assert caught.value.code == "config_invalid"


def test_the_page_names_every_setting_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \| `ALTD_\w+` \|", PAGE, flags=re.MULTILINE))
    settings = {entry.name: json.dumps(entry.default) for entry in dataclasses.fields(Settings)}
    assert rows == settings
    for name in settings:
        assert f"`ALTD_{name.upper()}`" in PAGE
    assert f"`{HOME_VARIABLE}`" in PAGE
    assert f"`{DEBUG_VARIABLE}=1`" in PAGE
