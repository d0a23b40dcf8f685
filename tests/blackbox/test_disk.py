"""A disk that fills up under a real daemon, and a home that may only be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from altd.models import generations
from altd.paths import Paths
from altd.store.database import connect_read_only
from altd.store.queries import standing_feedback
from daemon.cli.processes import altd
from daemon_process import ORIGIN, Daemon, picture, start_daemon
from disks import filled, make_read_only, small_disk
from tiny_generation import copy_adapter, tiny_manifest


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", 24) as place:
        yield place


def install_second(home: Path, model: Path, adapter: Path) -> None:
    """Install a generation to switch to."""
    paths = Paths.under(home)
    with generations.staging(paths) as directory:
        copy_adapter(adapter, directory)
        generations.install(paths, directory, tiny_manifest(model, parent="g0001"))


def click(daemon: Daemon, described: dict[str, Any], key: str) -> int:
    """Send an edit; a refused one says why in one word."""
    body = {"description_id": described["id"], "verdict": "edit", "text": f"{key:.<900}", "key": key}
    answer = daemon.json("POST", "/v1/feedback", body)
    if answer.status != 200:
        assert (answer.status, answer.code) == (507, "disk_full")
    return answer.status


def kept_keys(home: Path) -> Counter[str]:
    with closing(connect_read_only(Paths.under(home).database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return Counter(row.key for row in standing_feedback(connection))


def check_what_still_works(daemon: Daemon, adapter: str) -> None:
    """On a full disk pictures are described all the same, by the generation that was active before."""
    switch = daemon.json("PUT", "/v1/models/active", {"generation": "g0002"})
    assert (switch.status, switch.code) == (507, "disk_full")
    assert daemon.ask("GET", "/v1/status").body["generation"] == adapter
    assert daemon.describe(picture(9))["generation"] == adapter
    code = daemon.json("POST", "/v1/pairing-codes").body["code"]
    pairing = daemon.json("POST", "/v1/pair", {"code": code, "name": "a browser"}, Origin=ORIGIN)
    assert (pairing.status, pairing.code) == (507, "disk_full")
    assert daemon.ask("GET", "/health").body["status"] == "ready"


def test_a_disk_that_fills_up(tiny_model: Path, other_adapter: Path, disk: Path) -> None:
    home = disk / "home"
    paths = Paths.under(home)
    with start_daemon(home, tiny_model) as daemon:
        install_second(home, tiny_model, other_adapter)
        daemon.wait_until_ready()
        known = daemon.describe(picture(1))
        assert click(daemon, known, "before") == 200
        with filled(disk):
            answers = {f"during-{number}": click(daemon, known, f"during-{number}") for number in range(60)}
            refused = [key for key, status in answers.items() if status == 507]
            assert refused
            new = daemon.describe(picture(2))
            assert click(daemon, new, "with-its-image") == 507
            check_what_still_works(daemon, "g0001")
        logged = paths.log_file.stat().st_size
        assert click(daemon, new, "with-its-image") == 200  # as the extension's outbox sends it again
        assert click(daemon, known, refused[0]) == 200
        assert daemon.json("PUT", "/v1/models/active", {"generation": "g0002"}).status == 200
        assert paths.log_file.stat().st_size > logged
    confirmed = {key for key, status in answers.items() if status == 200} | {
        "before",
        "with-its-image",
        refused[0],
    }
    assert kept_keys(home) == Counter(confirmed)
    assert all(path.read_bytes() in (picture(1), picture(2)) for path in paths.images_dir.iterdir())


def test_a_start_on_a_full_disk(tiny_settings: Path, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALTD_HOME", str(disk / "home"))
    Paths.default().ensure()
    with filled(disk):
        for command in (["start"], ["start", "--foreground"]):
            outcome = altd(*command)
            assert (outcome.code, outcome.out) == (1, "")
            assert outcome.err.startswith("altd: The disk is full")
            assert len(outcome.err.splitlines()) == 1
    assert altd("start").code == 0
    assert altd("stop").code == 0


@pytest.mark.parametrize("begun", [False, True], ids=["an empty disk", "a home of before"])
def test_a_home_that_may_only_be_read(
    tiny_settings: Path, disk: Path, monkeypatch: pytest.MonkeyPatch, begun: bool
) -> None:
    monkeypatch.setenv("ALTD_HOME", str(disk / "home"))
    if begun:
        assert altd("start").code == 0
        assert altd("stop").code == 0
    make_read_only(disk)
    for command in (["start"], ["start", "--foreground"]):
        outcome = altd(*command)
        assert (outcome.code, outcome.out) == (1, "")
        assert "cannot be written" in outcome.err
        assert str(disk) in outcome.err
        assert len(outcome.err.splitlines()) == 1
