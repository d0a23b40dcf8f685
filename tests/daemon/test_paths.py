"""Places and modes on disk."""

from __future__ import annotations

import dataclasses
import os
import stat
from pathlib import Path

import pytest

from altd.paths import Paths, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_lies_below_altd_home(altd_home: Path) -> None:
    for path in dataclasses.astuple(Paths.default()):
        assert altd_home in path.parents


def test_without_it_the_platform_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ALTD_HOME")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    paths = Paths.default()
    for path in dataclasses.astuple(paths):
        assert tmp_path in path.parents
        assert "altd" in path.parts


def test_directories_are_private_whatever_the_umask() -> None:
    old = os.umask(0)
    try:
        paths = Paths.default()
        paths.ensure()
        write_private(paths.token_file, b"secret")
    finally:
        os.umask(old)
    assert {mode(path) for path in paths.database.parent.iterdir() if path.is_dir()} == {0o700}
    assert mode(paths.database.parent) == 0o700
    assert mode(paths.token_file) == 0o600


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_private(path, b"old")
    write_private(path, b"new")
    assert path.read_bytes() == b"new"

    def fail(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_private(path, b"half")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
