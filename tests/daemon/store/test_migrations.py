"""From one schema to the next, with a copy kept and newer databases refused."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from altd.errors import AltdError
from altd.store import queries
from altd.store.database import Database, connect_read_only
from altd.store.migrations import version_of
from altd.store.schema import MIGRATIONS
from daemon.store.rows import description


def m002_add_a_column(connection: sqlite3.Connection) -> None:
    """A step of a later version."""
    connection.execute("ALTER TABLE descriptions ADD COLUMN note TEXT NOT NULL DEFAULT 'new'")


def m002_that_fails(connection: sqlite3.Connection) -> None:
    """A step that ends midway."""
    connection.execute("CREATE TABLE half (id TEXT)")
    raise RuntimeError("midway")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of the first version with one row."""
    path = tmp_path / "altd.sqlite"
    with Database(path, tmp_path / "backups", MIGRATIONS[:1]) as database:
        database.write(lambda connection: queries.save_description(connection, description()))
    return path


def open_with(path: Path, *later: object) -> Database:
    return Database(path, path.parent / "backups", (*MIGRATIONS[:1], *later))  # type: ignore[arg-type]


def test_steps_are_recorded_by_name(old: Path) -> None:
    with closing(connect_read_only(old)) as connection:
        rows = connection.execute("SELECT version, name FROM schema_version").fetchall()
    assert [tuple(row) for row in rows] == [(1, "m001_first_tables")]


def test_a_new_step_runs_once_and_keeps_a_copy_of_what_was(old: Path) -> None:
    for _ in range(2):
        with open_with(old, m002_add_a_column) as database:
            notes = database.write(lambda c: [row["note"] for row in c.execute("SELECT * FROM descriptions")])
            assert notes == ["new"]
            assert database.write(version_of) == 2
    backups = list((old.parent / "backups").iterdir())
    assert [path.name for path in backups] == ["before-m002_add_a_column.sqlite"]
    assert stat.S_IMODE(backups[0].stat().st_mode) == 0o600
    with closing(connect_read_only(backups[0])) as connection:
        assert version_of(connection) == 1
        assert queries.description(connection, "d1") == description()


def test_a_step_that_fails_changes_nothing(old: Path) -> None:
    with pytest.raises(RuntimeError, match="midway"):
        open_with(old, m002_that_fails)
    with open_with(old) as database:
        assert database.read(version_of) == 1
        assert (
            database.read(lambda c: c.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchone())
            is None
        )


def test_a_database_of_a_newer_version_is_left_alone(old: Path) -> None:
    steps = [m002_add_a_column] + [lambda c: None] * (len(MIGRATIONS) - 1)
    for step in steps[1:]:
        step.__name__ = "m00x"
    open_with(old, *steps).close()
    before = old.read_bytes()
    for refused in (lambda: Database(old, old.parent / "backups"), lambda: connect_read_only(old)):
        with pytest.raises(AltdError) as caught:
            refused()
        assert caught.value.code == "store_too_new"
    assert old.read_bytes() == before
