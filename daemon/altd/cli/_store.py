"""The database, for commands that run while no daemon does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from sqlite3 import Connection
from typing import TypeVar

from altd.paths import Paths
from altd.server.instance import is_locked, sole_instance
from altd.server.purge import finish_purge
from altd.store.database import Database, connect_read_only

T = TypeVar("T")


@contextmanager
def offline_database(paths: Paths) -> Iterator[Database]:
    """Open the database in the daemon's place.

    Raises:
        AltdError: `already_running` when a daemon holds it; `store_too_new`.
    """
    paths.ensure()
    with sole_instance(paths), Database(paths.database, paths.backups_dir) as database:
        finish_purge(paths, database)
        yield database


def read(paths: Paths, work: Callable[[Connection], T]) -> T:
    """Run a query, whether a daemon runs or not.

    Raises:
        AltdError: `store_too_new`.
    """
    if is_locked(paths):
        with closing(connect_read_only(paths.database)) as connection:
            return work(connection)
    with offline_database(paths) as database:
        return database.read(work)
