"""The child's end of the line: its pipes, its inbox, and the limits it puts on itself."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
from typing import BinaryIO

from altd.engine.protocol import (
    PREFIX,
    Cancel,
    FromChild,
    ProtocolError,
    Task,
    ToChild,
    check_lengths,
    encode,
    parse_for_child,
)

Work = tuple[Task, bytes]


class Line:
    """The two pipes to the parent."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source = source
        self._sink = sink
        self._sending = threading.Lock()

    @classmethod
    def take_over(cls) -> Line:
        """Keep stdin and stdout for frames: whatever a library prints goes to stderr from now on."""
        source = os.fdopen(os.dup(0), "rb")
        sink = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device, not a path of ours
            os.dup2(nothing.fileno(), 0)
        sys.stdout = sys.stderr
        return cls(source, sink)

    def send(self, message: FromChild, body: bytes = b"") -> None:
        """Write one frame, from any thread; ends the process when the parent is gone."""
        frame = encode(message, body)
        try:
            with self._sending:
                self._sink.write(frame)
                self._sink.flush()
        except BrokenPipeError:
            os._exit(0)

    def receive(self) -> tuple[ToChild, bytes] | None:
        """Read one frame; None when the parent has closed the line.

        Raises:
            ProtocolError: the frame is not valid.
        """
        prefix = self._source.read(PREFIX.size)
        if len(prefix) < PREFIX.size:
            return None
        header_length, body_length = PREFIX.unpack(prefix)
        check_lengths(header_length, body_length)
        header = self._source.read(header_length)
        body = self._source.read(body_length)
        return (parse_for_child(header), body) if len(body) == body_length else None


class Inbox:
    """Work in the order it came, and which of it is no longer wanted."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._work: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open: set[str] = set()
        self._cancelled: set[str] = set()

    def start(self) -> None:
        """Listen in a second thread, so that a cancel is seen while the first is inside the model."""
        threading.Thread(target=self._listen, name="altd-inbox", daemon=True).start()

    def next(self) -> Work:
        """Wait for the next work."""
        return self._work.get()

    def cancelled(self, work_id: str) -> bool:
        """Whether this work is no longer wanted."""
        return work_id in self._cancelled

    def close(self, work_id: str) -> None:
        """Forget about finished work."""
        with self._lock:
            self._open.discard(work_id)
            self._cancelled.discard(work_id)

    def _listen(self) -> None:
        """Take frames until the parent is gone, then end the process at once, model and all."""
        with contextlib.suppress(ProtocolError, OSError):
            while (frame := self._line.receive()) is not None:
                self._take(*frame)
        os._exit(0)

    def _take(self, message: ToChild, body: bytes) -> None:
        with self._lock:
            if not isinstance(message, Cancel):
                self._open.add(message.id)
                self._work.put((message, body))
            elif message.id in self._open:
                self._cancelled.add(message.id)


def limit_process() -> None:
    """No core files: they would hold the user's pictures."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
