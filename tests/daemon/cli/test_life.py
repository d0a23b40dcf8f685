"""Starting, finding and stopping the daemon with real processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from altd.paths import Paths
from daemon.cli.processes import altd
from daemon_process import picture


@pytest.fixture
def paths(tiny_settings: Path) -> Iterator[Paths]:
    """This test's places; whatever daemon it left running is ended."""
    found = Paths.default()
    yield found
    if found.info_file.exists():
        altd("stop")


def info(paths: Paths) -> dict[str, object]:
    return dict(json.loads(paths.info_file.read_text()))


def test_from_start_to_stop(paths: Paths) -> None:
    started = altd("start")
    assert started.code == 0, started.err
    assert len(started.out.splitlines()) == 1
    assert str(info(paths)["port"]) in started.out

    status = json.loads(altd("status", "--json").out)
    assert status["running"]
    assert (status["pid"], status["model"]) == (info(paths)["pid"], "tiny")
    assert "generation: g0001" in altd("status").out

    again = altd("start")
    assert (again.code, again.out) == (6, "")
    assert "already running" in again.err

    stopped = altd("stop")
    assert (stopped.code, stopped.out) == (0, "altd has stopped.\n")
    pid = int(str(status["pid"]))
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert not paths.info_file.exists()
    assert not paths.token_file.exists()


def test_nothing_runs(paths: Paths) -> None:
    for command in (["stop"], ["status"], ["pair"]):
        outcome = altd(*command)
        assert (outcome.code, outcome.out) == (3, "")
        assert "altd start" in outcome.err
    outcome = altd("status", "--json")
    assert (outcome.code, json.loads(outcome.out)) == (3, {"running": False})


def test_a_port_that_is_taken(paths: Paths) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in (["start", "--port", port], ["start", "--foreground", "--port", port]):
            outcome = altd(*command)
            assert outcome.code == 6
            assert port in outcome.err
    assert altd("status").code == 3


def test_a_killed_daemon_does_not_block_the_next(paths: Paths) -> None:
    assert altd("start").code == 0
    before = info(paths)
    os.kill(int(str(before["pid"])), signal.SIGKILL)
    until = time.monotonic() + 10
    while altd("status").code != 3:
        assert time.monotonic() < until
    assert altd("stop").code == 3
    assert altd("start").code == 0
    assert info(paths)["pid"] != before["pid"]


def test_stopping_does_not_wait_for_those_who_wait(paths: Paths) -> None:
    assert altd("start").code == 0
    with socket.create_connection(("127.0.0.1", int(str(info(paths)["port"])))) as connection:
        described = subprocess.Popen(
            [sys.executable, "-m", "altd", "describe", "-", "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert described.stdin is not None
        described.stdin.write(picture(90))
        described.stdin.close()
        time.sleep(1)  # the model is still loading: the command waits
        start = time.monotonic()
        assert altd("stop").code == 0
        assert time.monotonic() - start < 4
        assert described.wait(30) == 1
        assert b"cancelled" in described.stderr.read()
        described.stdout.close()
        described.stderr.close()
        assert connection.recv(1) == b""


def test_a_token_that_is_not_accepted(paths: Paths) -> None:
    assert altd("start").code == 0
    paths.token_file.write_text("another token")
    outcome = altd("status")
    assert (outcome.code, outcome.out) == (4, "")
    assert "altd stop" in outcome.err


def test_what_a_daemon_writes_is_private(paths: Paths) -> None:
    assert altd("start").code == 0
    home = paths.database.parent
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [home, *home.rglob("*")]}
    assert paths.token_file in modes
    for path, mode in modes.items():
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_it_listens_on_the_loopback_alone(paths: Paths) -> None:
    assert altd("start").code == 0
    sockets = psutil.Process(int(str(info(paths)["pid"]))).net_connections("inet")
    assert {c.laddr.ip for c in sockets if c.status == psutil.CONN_LISTEN} == {"127.0.0.1"}


def test_wrong_settings_name_the_entry(paths: Paths) -> None:
    paths.config_file.parent.mkdir(parents=True)
    paths.config_file.write_text("prot = 1")
    for command in (["start"], ["start", "--foreground"], ["describe", __file__]):
        outcome = altd(*command)
        assert outcome.code == 1
        assert "did you mean `port`" in outcome.err


def test_the_log_follows_what_happens(paths: Paths) -> None:
    outcome = altd("logs")
    assert outcome.code == 1
    assert "altd start" in outcome.err
    assert altd("start").code == 0
    lines = altd("logs", "-n", "1000").out
    assert "serves tiny" in lines
    assert paths.run_dir.joinpath("altd.log").read_text() == lines
    assert altd("logs", "-n", "0").out == ""
