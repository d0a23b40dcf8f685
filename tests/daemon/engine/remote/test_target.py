"""Where pictures may go, and the key that goes with them."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from altd.engine.remote.keys import KEY_VARIABLE, find_key
from altd.engine.remote.retries import retry_after
from altd.engine.remote.target import Address, parse_address
from altd.errors import AltdError


@pytest.mark.parametrize(
    ("url", "base", "host"),
    [
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1", "127.0.0.1:11434"),
        ("http://localhost:1234", "http://localhost:1234/v1", "localhost:1234"),
        ("http://[::1]:8000/v1/", "http://[::1]:8000/v1", "[::1]:8000"),
        (" https://LOCALHOST/api/v1 ", "https://localhost/api/v1", "localhost"),
    ],
)
def test_this_machine(url: str, base: str, host: str) -> None:
    assert parse_address(url) == Address(base, host, True, base.startswith("https"))


@pytest.mark.parametrize(
    "url",
    [
        "http://192.168.1.5:11434/v1",
        "https://api.example/v1",
        "http://127.0.0.1.evil.example/v1",
        "http://2130706433/v1",
        "http://0.0.0.0:8000/v1",
        "http://localhost.example/v1",
    ],
)
def test_another_machine_must_be_named(url: str) -> None:
    with pytest.raises(AltdError) as caught:
        parse_address(url, "other.example")
    assert caught.value.code == "config_invalid"
    assert "remote_allowed_host" in caught.value.message
    host = url.split("/")[2].split(":")[0]
    assert parse_address(url, host.upper()).is_local is False


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ollama",
        "ftp://127.0.0.1/v1",
        "http://",
        "http://127.0.0.1:x/v1",
        "file:///etc/passwd",
        "http://me:secret@127.0.0.1/v1",
        "http://127.0.0.1/v1?key=secret",
        "http://127.0.0.1/v1#secret",
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(AltdError) as caught:
        parse_address(url)
    assert caught.value.code == "config_invalid"
    assert "secret" not in caught.value.message


def test_the_key_comes_from_the_environment_first(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, {("altd", "127.0.0.1:1"): "kept"})
    assert find_key("127.0.0.1:1", {KEY_VARIABLE: " given "}) == "given"
    assert find_key("127.0.0.1:1", {}) == "kept"
    assert find_key("127.0.0.1:2", {}) is None


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
def test_a_key_that_no_header_can_carry(key: str) -> None:
    with pytest.raises(AltdError) as caught:
        find_key("127.0.0.1:1", {KEY_VARIABLE: key})
    assert caught.value.code == "config_invalid"
    assert key not in caught.value.message


def test_without_a_keyring_there_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert find_key("127.0.0.1:1", {}) is None


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [("7", 7, 7), ("Fri, 01 Jan 2100 00:00:00 GMT", 1e6, 1e10), ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0)],
)
def test_when_to_come_again(value: str, low: float, high: float) -> None:
    after = retry_after({"Retry-After": value})
    assert after is not None
    assert low <= after <= high


@pytest.mark.parametrize("value", ["", "-1", "soon", "١", "9" * 400 + "x"])
def test_nothing_usable(value: str) -> None:
    assert retry_after({"Retry-After": value}) is None


def keep(monkeypatch: pytest.MonkeyPatch, entries: dict[tuple[str, str], str]) -> None:
    """Put an in-memory keyring in the place of the system's, which a test must not write to."""
    errors = ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})  # type: ignore[attr-defined]
    module = ModuleType("keyring")
    module.errors = errors  # type: ignore[attr-defined]
    module.get_password = lambda service, name: entries.get((service, name))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
