"""What a full disk, or one that may not be written, is called wherever it shows itself."""

from __future__ import annotations

import errno
import sqlite3

from altd.errors import AltdError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_WRITABLE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})

_SQLITE_FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
_SQLITE_NOT_WRITABLE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})


def disk_error(error: BaseException) -> AltdError | None:
    """Return `disk_full` or `disk_not_writable` when that is what an error means, else None.

    SQLite has codes of its own, and extended ones whose lowest byte is the primary one.
    """
    if isinstance(error, OSError):
        if error.errno in FULL:
            return AltdError("disk_full")
        return AltdError("disk_not_writable") if error.errno in _NOT_WRITABLE else None
    code = getattr(error, "sqlite_errorcode", None) if isinstance(error, sqlite3.Error) else None
    if code is None:
        return None
    if code in _SQLITE_FULL:
        return AltdError("disk_full")
    return AltdError("disk_not_writable") if code & 0xFF in _SQLITE_NOT_WRITABLE else None
