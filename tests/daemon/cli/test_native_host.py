"""The real program that browsers start, through the launcher that `altd pair install` writes."""

from __future__ import annotations

import http.client
import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from altd.pairing.browsers import CHROMIUM_ID, GECKO_ID
from altd.pairing.framing import read_message, write_message
from altd.paths import Paths
from daemon.cli.processes import altd
from daemon.cli.test_imports import HEAVY, imported_by

CHROME = f"chrome-extension://{CHROMIUM_ID}"
FIREFOX = "moz-extension://01234567-89ab-cdef-0123-456789abcdef"


class Browser:
    """What a browser does: read its manifest, start the program, talk to it."""

    def __init__(self, home: Path, name: str) -> None:
        place = {
            "chromium": "config/chromium/NativeMessagingHosts",
            "firefox": ".mozilla/native-messaging-hosts",
        }
        self.manifest = home / place[name] / "org.altd.host.json"
        self.arguments = [f"{CHROME}/"] if name == "chromium" else [str(self.manifest), GECKO_ID]

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        program = json.loads(self.manifest.read_text())["path"]
        outside = {name: value for name, value in os.environ.items() if name != "ALTD_HOME"}
        return subprocess.Popen(
            [program, *(arguments or self.arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=outside,  # a browser from a menu knows nothing of a terminal's variables
            cwd="/",
        )

    def ask(self, *messages: Any) -> list[Any]:
        """Send messages on one line and return the answers."""
        with self.start() as program:
            assert program.stdin
            assert program.stdout
            answers = []
            for message in messages:
                write_message(program.stdin, message)
                answers.append(read_message(program.stdout))
            program.stdin.close()
            assert program.stdout.read() == b""
            assert program.wait(30) == 0
        return answers


@pytest.fixture
def user(tmp_path: Path, tiny_settings: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's home with both kinds of browsers, which may start altd."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "chromium").mkdir(parents=True)
    (tmp_path / ".mozilla").mkdir()
    installed = altd("pair", "install")
    assert installed.code == 0, installed.err
    assert installed.out.count("may start altd") == 2
    yield tmp_path
    if Paths.default().info_file.exists():
        altd("stop")


def status(port: int, token: str, origin: str) -> int:
    """What the daemon answers an extension with this token."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Origin": origin, "Content-Type": "application/json"}
    connection.request("GET", "/v1/status", headers=headers)
    answer = connection.getresponse().status
    connection.close()
    return answer


def test_from_a_stopped_daemon_to_a_revoked_token(user: Path) -> None:
    chromium, firefox = Browser(user, "chromium"), Browser(user, "firefox")
    [refused] = chromium.ask({"request": "pair"})
    assert (refused["ok"], refused["error"]["code"]) == (False, "not_running")
    assert "altd start" in refused["error"]["message"]

    found, made = chromium.ask({"request": "find", "start": True}, {"request": "pair"})
    assert found == {"ok": True, "port": made["port"]}
    assert set(made) == {"ok", "port", "token", "id"}
    assert status(made["port"], made["token"], CHROME) == 200
    assert status(made["port"], made["token"], FIREFOX) == 403

    [other] = firefox.ask({"request": "pair", "origin": FIREFOX})
    assert status(other["port"], other["token"], FIREFOX) == 200
    listed = {token["id"]: token for token in json.loads(altd("pair", "list", "--json").out)}
    assert {(t["name"], t["origin"]) for t in listed.values()} == {("Chromium", CHROME), ("Firefox", FIREFOX)}
    for file in (path for path in Paths.default().run_dir.parent.rglob("*") if path.is_file()):
        assert made["token"].encode() not in file.read_bytes(), file

    assert altd("pair", "revoke", made["id"]).code == 0
    assert status(made["port"], made["token"], CHROME) == 401
    assert status(other["port"], other["token"], FIREFOX) == 200
    assert altd("pair", "revoke", "--all").code == 0
    assert status(other["port"], other["token"], FIREFOX) == 401


def test_what_it_does_not_understand(user: Path) -> None:
    odd = [
        [],
        "pair",
        {"request": "tokens"},
        {"request": "pair", "start": 1},
        {"request": "pair", "origin": 1},
    ]
    answers = Browser(user, "chromium").ask(*odd)
    assert [answer["error"]["code"] for answer in answers] == ["message_invalid"] * len(odd)


def test_firefox_must_name_an_origin_of_its_own(user: Path) -> None:
    messages = [
        {"request": "pair", "origin": origin} for origin in ("", CHROME, "moz-extension://", "https://x.com")
    ]
    answers = Browser(user, "firefox").ask(*messages)
    assert [answer["error"]["code"] for answer in answers] == ["message_invalid"] * len(messages)


def test_another_extension_learns_nothing(user: Path) -> None:
    with Browser(user, "chromium").start("chrome-extension://" + "a" * 32 + "/") as program:
        out, _ = program.communicate(struct.pack("=I", 18) + b'{"request":"pair"}', timeout=30)
    assert json.loads(out[4:])["error"]["code"] == "caller_forbidden"
    assert program.returncode == 1


def test_a_line_that_is_cut_off(user: Path) -> None:
    with Browser(user, "chromium").start() as program:
        out, _ = program.communicate(b"\x10\x00\x00\x00{", timeout=30)
    assert json.loads(out[4:])["error"]["code"] == "message_invalid"


def test_a_fault_of_ours_is_an_answer_too(user: Path) -> None:
    paths = Paths.default()
    paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text("nonsense = 1\n")
    [answer] = Browser(user, "chromium").ask({"request": "find", "start": True})
    assert answer["error"]["code"] == "config_invalid"
    paths.config_file.unlink()
    paths.config_file.mkdir()
    [answer] = Browser(user, "chromium").ask({"request": "find", "start": True})
    assert answer["error"]["code"] in ("internal", "config_invalid")


def test_by_hand_it_says_who_starts_it() -> None:
    command = [sys.executable, "-m", "altd.cli.native_host"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "altd pair install" in done.stderr


def test_it_starts_fast() -> None:
    """A browser waits for it: it imports neither models nor servers."""
    assert not imported_by("import altd.cli.native_host") & {*HEAVY, "aiohttp", "pydantic"}


def test_installing_and_taking_back(user: Path) -> None:
    manifest = Browser(user, "chromium").manifest
    assert "May pair without a code: Chromium, Firefox." in altd("pair", "list").err
    findings = json.loads(altd("doctor", "--json").out)
    native = [finding for finding in findings if finding["name"] == "native messaging"]
    assert [finding["level"] for finding in native] == ["ok", "ok"]
    assert altd("pair", "uninstall", "chromium").out == "Chromium may no longer start altd.\n"
    assert not manifest.exists()
    assert altd("pair", "uninstall", "chromium").out == "Chromium may not start altd.\n"
    findings = json.loads(altd("doctor", "--json").out)
    native = [finding for finding in findings if finding["name"] == "native messaging"]
    assert native[0]["fix"] == "altd pair install chromium"
    own = user / "profile"
    assert altd("pair", "install", "chromium", "--data-folder", str(own)).code == 0
    assert (own / "NativeMessagingHosts" / manifest.name).is_file()


def test_without_any_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nobody" / "config"))
    outcome = altd("pair", "install")
    assert (outcome.code, outcome.out) == (1, "")
    assert "chrome, chromium, edge, brave, firefox" in outcome.err
    assert altd("pair", "revoke").code == 2
