"""What the log holds, and what it must not."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

import pytest

from altd.paths import Paths
from altd.server.logs import log_to
from daemon_process import ORIGIN, Daemon, picture
from disks import filled, small_disk


def test_no_word_of_the_user_is_logged(daemon: Daemon) -> None:
    secret = "Xylophone-4711"
    result = daemon.describe(
        picture(80), {"context": {"text": secret, "author": secret}, "media_key": secret}
    )
    body = {"description_id": result["id"], "verdict": "edit", "text": secret, "key": "log-test"}
    feedback = daemon.json("POST", "/v1/feedback", body).body["id"]
    code = daemon.json("POST", "/v1/pairing-codes").body["code"]
    token = daemon.json("POST", "/v1/pair", {"code": code, "name": secret}, Origin=ORIGIN).body
    daemon.ask("GET", f"/{secret}", headers={"X-Secret": secret})
    daemon.submit(secret.encode(), f'{{"{secret}": 1}}'.encode())
    log = Paths.under(daemon.home).log_file.read_text()
    for known in (result["id"], feedback, token["id"]):
        assert known in log
    for hidden in (secret, code, token["token"], daemon.token):
        assert hidden not in log


def test_a_traceback_is_logged_without_its_text(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "altd.log"
    handler = log_to(path, "info")
    try:
        raise ValueError("what a user wrote")
    except ValueError:
        logging.getLogger("altd.test").exception("failed")
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    text = path.read_text()
    assert "ValueError" in text
    assert "test_logs.py" in text
    assert "what a user wrote" not in text.replace('raise ValueError("what a user wrote")', "")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_log_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("altd.server.logs._BYTES", 1000)
    handler = log_to(tmp_path / "altd.log", "info")
    try:
        for number in range(200):
            logging.getLogger("altd.test").info("line %d of some length", number)
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["altd.log", *(f"altd.log.{number}" for number in range(1, 5))]
    assert all(path.stat().st_size <= 1000 for path in tmp_path.iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_full_disk_silences_the_log_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("altd.server.logs._BYTES", 3000)
    with small_disk(tmp_path / "disk", 1) as disk:
        handler = log_to(disk / "altd.log", "info")
        log = logging.getLogger("altd.test")
        try:
            log.info("before")
            with filled(disk):
                for number in range(100):  # more than one file holds: rotations fail as well
                    log.info("line %d of some length", number)
            log.info("after")
        finally:
            logging.getLogger().removeHandler(handler)
            handler.close()
        text = "".join(path.read_text() for path in disk.iterdir())
    assert "before" in text
    assert "after" in text
    assert capfd.readouterr().err == ""
