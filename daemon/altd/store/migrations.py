"""Bringing an older database up to date, one recorded step at a time.

Before any step runs on a database that already holds something, a copy is written beside it with
`VACUUM INTO`. A database from a newer version is refused: writing to tables one does not know
loses data.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from altd.errors import AltdError
from altd.paths import private_directory
from altd.store.schema import MIGRATIONS, Migration


def version_of(connection: sqlite3.Connection) -> int:
    """Return how many steps this database has had; 0 for an empty one."""
    with closing(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'")) as found:
        if found.fetchone() is None:
            return 0
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return int(row[0] or 0)


def migrate(
    connection: sqlite3.Connection,
    backups_dir: Path,
    migrations: Sequence[Migration] = MIGRATIONS,
) -> int:
    """Apply the steps that are missing, each in one transaction, and return the new version.

    Args:
        connection: in autocommit mode (`isolation_level=None`).
        backups_dir: where the copy of a non-empty database goes before each step.
        migrations: all steps, oldest first.

    Raises:
        AltdError: `store_too_new` when the database has had more steps than are known.
    """
    version = version_of(connection)
    if version > len(migrations):
        raise AltdError("store_too_new")
    for number, step in enumerate(migrations[version:], start=version + 1):
        if number > 1:
            back_up(connection, backups_dir / f"before-{step.__name__}.sqlite")
        _apply(connection, number, step)
    return len(migrations)


def back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Write a consistent copy of the database to `target`, replacing an older copy of that name."""
    private_directory(target.parent)
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)
    connection.execute("VACUUM INTO ?", (str(target),))


def _apply(connection: sqlite3.Connection, number: int, step: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version"
            " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at REAL NOT NULL) STRICT"
        )
        step(connection)
        connection.execute(
            "INSERT INTO schema_version VALUES (?, ?, ?)", (number, step.__name__, time.time())
        )
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
