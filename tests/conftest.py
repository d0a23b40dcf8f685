"""What all tests share: a home of their own, and real daemons on a tiny random model."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon_process import Daemon, start_daemon
from tiny_generation import OTHER


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much the fuzzer sends, and where it writes what came back."""
    parser.addoption("--fuzz", type=int, default=300, metavar="N", help="requests that the fuzzer sends")
    parser.addoption("--fuzz-report", metavar="FILE", help="where the fuzzer's counts go, as JSON")


@pytest.fixture(autouse=True)
def altd_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has its own `ALTD_HOME`, and no setting from outside reaches it."""
    for name in [name for name in os.environ if name.startswith("ALTD_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "altd-home"
    monkeypatch.setenv("ALTD_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model directory of 0.3 M random parameters with an adapter as its first generation."""
    directory = tmp_path_factory.mktemp("models") / "tiny"
    program = Path(__file__).with_name("tiny_model.py")
    subprocess.run([sys.executable, program, directory], check=True, capture_output=True)
    return directory


@pytest.fixture(scope="session")
def other_adapter(tiny_model: Path) -> Path:
    """A directory with the files of another adapter for the tiny model."""
    return tiny_model.parent / OTHER


@pytest.fixture
def tiny_settings(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let this test's commands and daemons use the tiny model, on any free port."""
    monkeypatch.setenv("ALTD_MODEL", str(tiny_model))
    monkeypatch.setenv("ALTD_QUANTIZATION", "none")
    monkeypatch.setenv("ALTD_PORT", "0")
    return tiny_model


@pytest.fixture(scope="session")
def daemon(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One real daemon for all tests that only talk HTTP; its model is loaded."""
    with start_daemon(tmp_path_factory.mktemp("daemon") / "home", tiny_model) as running:
        running.wait_until_ready()
        yield running
