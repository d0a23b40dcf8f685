"""The daemon's log: five files of 5 MB, 0600, without a word of what users wrote.

Tracebacks are reduced to where and of what kind: an exception's text may quote post text, a header
with a token, or bytes of an image.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import cast

from altd.errors import where

_FILES = 5
_BYTES = 5 * 2**20


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler's rendering of the same error, text and all
        return super().format(record)

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's name
        _, error, _ = cast("tuple[type[BaseException], BaseException, TracebackType]", ei)
        return where(error)


class _PrivateFiles(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A full disk silences the log, not the daemon; the next line opens the file anew.

        A file that could not be closed for a rotation would otherwise stay closed for ever.
        """
        if not isinstance(sys.exception(), OSError | ValueError):
            super().handleError(record)
            return
        stream, self.stream = self.stream, None
        with contextlib.suppress(OSError, ValueError):
            if stream is not None:
                stream.close()


def log_to(path: Path, level: str) -> logging.Handler:
    """Send all logging to a file; the caller closes and removes the handler when done."""
    handler = _PrivateFiles(path, maxBytes=_BYTES, backupCount=_FILES - 1, encoding="utf-8")
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.setLevel(level.upper())
    root.addHandler(handler)
    return handler
