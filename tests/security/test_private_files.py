"""After a session of real use, every file is its user's alone, and the logs hold nothing private."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from daemon_process import ORIGIN, Daemon, picture, start_daemon

MARK = "zebrafinch-4711"
"""Stands in every text that is sent; no log may hold it."""


def use(daemon: Daemon) -> list[str]:
    """Pair, describe, reject, edit, fail; return the secrets that were handed out."""
    code = daemon.json("POST", "/v1/pairing-codes").body["code"]
    token = daemon.json("POST", "/v1/pair", {"code": code, "name": MARK}, Origin=ORIGIN).body["token"]
    context = {name: f"{MARK} {name}" for name in ("text", "author", "quoted", "title", "extra")}
    described = daemon.describe(picture(), {"context": context, "detail": "text", "media_key": MARK})
    verdict = {"description_id": described["id"], "verdict": "edit", "text": MARK, "key": "k1"}
    assert daemon.json("POST", "/v1/feedback", verdict).status == 200
    assert daemon.json("POST", "/v1/feedback", {**verdict, "wrong": MARK}).status == 400
    assert daemon.submit(MARK.encode()).status in (202, 422)
    url = {"type": "image_url", "image_url": {"url": f"http://127.0.0.1:{daemon.port}/{MARK}.png"}}
    asked = {"messages": [{"role": "user", "content": [url]}]}
    answer = daemon.json("POST", "/v1/chat/completions", asked)
    assert (answer.status, answer.code) == (400, "image_missing")  # addresses are never fetched
    daemon.ask("GET", f"/{MARK}", headers={"Authorization": f"Bearer {MARK}"})
    return [code, token, daemon.token, MARK]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are Unix's")
def test_modes_and_logs_after_real_use(tiny_model: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    before = os.umask(0)  # nothing may lean on the user's umask
    try:
        with start_daemon(home, tiny_model) as daemon:
            daemon.wait_until_ready()
            secrets = use(daemon)
            check_modes(home)
    finally:
        os.umask(before)
    check_modes(home)
    logs = [file for file in (home / "run").iterdir() if ".log" in file.name]
    assert logs
    for file in logs:
        text = file.read_text(encoding="utf-8")
        assert not [secret for secret in secrets if secret in text], file.name


def check_modes(home: Path) -> None:
    """Every directory 0700, every file 0600."""
    for place in (home, *home.rglob("*")):
        mode = stat.S_IMODE(place.lstat().st_mode)
        assert mode == (0o700 if place.is_dir() else 0o600), (str(place), oct(mode))
