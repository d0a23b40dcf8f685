"""What the system and SQLite really raise on a disk that is full or may only be read, and its code."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from altd.disk import disk_error
from disks import filled, make_read_only, small_disk


def code_of(error: BaseException) -> str | None:
    found = disk_error(error)
    return found.code if found else None


def write_row(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS rows (text TEXT)")
        connection.execute("INSERT INTO rows VALUES (?)", ("x" * 10_000,))


def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        write_row(disk / "before.sqlite")
        with filled(disk):
            with pytest.raises(OSError, match="No space") as caught:
                (disk / "file").write_bytes(bytes(10_000))
            assert code_of(caught.value) == "disk_full"
            for name in ("before.sqlite", "new.sqlite"):
                with pytest.raises(sqlite3.Error) as refused:
                    write_row(disk / name)
                assert code_of(refused.value) == "disk_full"


def test_a_disk_that_may_only_be_read(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        write_row(disk / "before.sqlite")
        make_read_only(disk)
        with pytest.raises(OSError, match="Read-only") as caught:
            (disk / "folder").mkdir()
        assert code_of(caught.value) == "disk_not_writable"
        for name in ("before.sqlite", "new.sqlite"):
            with pytest.raises(sqlite3.Error) as refused:
                write_row(disk / name)
            assert code_of(refused.value) == "disk_not_writable"


def test_what_has_nothing_to_do_with_the_disk(tmp_path: Path) -> None:
    assert code_of(ValueError("No space left on device")) is None
    assert code_of(FileNotFoundError(2, "No such file")) is None
    with (
        closing(sqlite3.connect(tmp_path / "some.sqlite")) as connection,
        pytest.raises(sqlite3.Error) as caught,
    ):
        connection.execute("no SQL")
    assert code_of(caught.value) is None
    assert code_of(sqlite3.ProgrammingError("closed")) is None
