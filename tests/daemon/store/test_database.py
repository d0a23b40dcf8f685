"""The writer thread, its transactions, and what lies on disk."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from altd.errors import AltdError
from altd.store import queries
from altd.store.database import Database, connect_read_only
from daemon.store.rows import description


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "altd.sqlite", tmp_path / "backups") as opened:
        yield opened


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM descriptions").fetchone()[0])


def test_writes_are_durable_in_the_way_that_was_chosen(database: Database) -> None:
    def pragmas(connection: sqlite3.Connection) -> tuple[str, int, int]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        mode, synchronous, keys = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
        return mode, synchronous, keys

    full = 2
    assert database.write(pragmas) == ("wal", full, 1)


def test_a_failed_write_leaves_nothing(database: Database) -> None:
    def work(connection: sqlite3.Connection) -> None:
        queries.save_description(connection, description())
        raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        database.write(work)
    assert database.read(count) == 0
    database.write(lambda connection: queries.save_description(connection, description()))
    assert database.read(count) == 1


def test_writers_in_many_threads_take_turns(database: Database) -> None:
    def write(number: int) -> None:
        row = description(id=f"d{number}")
        database.write(lambda connection: queries.save_description(connection, row))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(100)))
    assert database.read(count) == 100


async def test_a_cancelled_caller_does_not_stop_the_commit(database: Database) -> None:
    release = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work(connection: sqlite3.Connection) -> None:
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result()
        queries.save_description(connection, description())

    task = asyncio.create_task(database.awrite(work))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    release.set()
    await database.awrite(lambda connection: None)
    assert await database.aread(count) == 1


def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        database.read(lambda connection: queries.save_description(connection, description()))


def test_only_the_user_can_read_the_files(database: Database, tmp_path: Path) -> None:
    database.write(lambda connection: queries.save_description(connection, description()))
    files = list(tmp_path.glob("altd.sqlite*"))
    assert len(files) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_reading_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AltdError) as caught:
        connect_read_only(tmp_path / "nothing.sqlite")
    assert caught.value.code == "file_unreadable"
    assert not list(tmp_path.iterdir())
