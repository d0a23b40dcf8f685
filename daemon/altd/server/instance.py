"""One daemon at a time, and how others find it.

The lock file is held for the daemon's whole life and freed by the kernel when it dies in whatever
way; the info file tells its port. Whether a daemon runs is asked of the lock, never of the info
file: a killed daemon leaves its info file behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from filelock import FileLock, Timeout

from altd.errors import AltdError
from altd.paths import Paths, write_private

_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Info:
    """What a running daemon says of itself; `started_at` in seconds since 1970."""

    pid: int
    port: int
    version: str
    started_at: float

    @property
    def url(self) -> str:
        """The daemon's address."""
        return f"http://127.0.0.1:{self.port}"

    def write(self, paths: Paths) -> None:
        """Write the info file."""
        write_private(paths.info_file, json.dumps(asdict(self)).encode())


@contextmanager
def sole_instance(paths: Paths, patience_s: float = _PATIENCE_S) -> Iterator[None]:
    """Hold the lock: no other daemon runs meanwhile, and the database has no other writer.

    What a killed daemon left of its info file is removed.

    Args:
        patience_s: how long to wait for a command that only looks whether a daemon runs.

    Raises:
        AltdError: `already_running`.
    """
    lock = FileLock(paths.lock_file, timeout=patience_s, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise AltdError("already_running") from None
    try:
        paths.info_file.unlink(missing_ok=True)
        yield
    finally:
        lock.release()


def running_daemon(paths: Paths) -> Info | None:
    """Return the info of the running daemon; None when none runs or it is not yet reachable."""
    if not is_locked(paths):
        return None
    try:
        return Info(**json.loads(paths.info_file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def is_locked(paths: Paths) -> bool:
    """Return whether a daemon (or a command that writes in its place) holds the lock."""
    if not paths.lock_file.exists():
        return False
    try:
        with sole_instance(paths, patience_s=0):
            return False
    except AltdError:
        return True
