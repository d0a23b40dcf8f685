"""The SQLite file: one writer in one thread, readers beside it.

Write-ahead log with `synchronous=FULL`: a committed click survives a killed process and a power
cut. All writes of the process go through one connection in one thread. (SQLite before 3.51.3 could
corrupt a write-ahead log that two connections write to or checkpoint at once; one writer avoids
that, and the daemon's lock file keeps a second process from writing.)
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Self, TypeVar

from altd.errors import AltdError
from altd.store.migrations import migrate, version_of
from altd.store.purging import scrub
from altd.store.schema import MIGRATIONS, Migration

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class Database:
    """An open database; close it to end its writer thread.

    Args:
        path: the file; created 0600 when missing (its `-wal` and `-shm` inherit the mode).
        backups_dir: where copies go before migrations.
        migrations: the steps to bring it to; tests pass their own.

    Raises:
        AltdError: `store_too_new`.
    """

    def __init__(self, path: Path, backups_dir: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        self.path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="altd-store")
        try:
            self._writer = self._thread.submit(_open_writer, path, backups_dir, migrations).result()
        except BaseException:
            self._thread.shutdown()
            raise

    def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction in the writer thread; it is durable when this returns."""
        return self._thread.submit(self._transaction, work).result()

    async def awrite(self, work: Work[T]) -> T:
        """As `write`, without blocking the event loop; a cancelled caller does not stop the commit."""
        return await asyncio.shield(asyncio.wrap_future(self._thread.submit(self._transaction, work)))

    def scrub(self) -> None:
        """Write the file anew without the bytes of deleted rows, and empty the log.

        Raises:
            AltdError: `store_busy` when another process does not end its reading.
        """
        self._thread.submit(lambda: scrub(self._writer)).result()

    def read(self, work: Work[T]) -> T:
        """Run `work` on a read-only connection of its own."""
        with closing(connect_read_only(self.path)) as connection:
            return work(connection)

    async def aread(self, work: Work[T]) -> T:
        """As `read`, in a thread."""
        return await asyncio.to_thread(self.read, work)

    def close(self) -> None:
        """Finish the writes under way, fold the log into the file and end the thread."""
        self._thread.submit(self._writer.close).result()
        self._thread.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _transaction(self, work: Work[T]) -> T:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            result = work(self._writer)
            self._writer.execute("COMMIT")
        except BaseException:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise
        return result


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open the database for reading, also while a daemon writes to it.

    Raises:
        AltdError: `store_too_new`; `file_unreadable` when there is no database.
    """
    if not path.is_file():
        raise AltdError("file_unreadable", f"There is no database at {path}.")
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    connection.row_factory = sqlite3.Row
    try:
        if version_of(connection) > len(MIGRATIONS):
            raise AltdError("store_too_new")
    except BaseException:
        connection.close()
        raise
    return connection


def _open_writer(path: Path, backups_dir: Path, migrations: Sequence[Migration]) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=True)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        migrate(connection, backups_dir, migrations)
    except BaseException:
        connection.close()
        raise
    return connection
