"""A child process without a model, well-behaved or not: `python odd_child.py MODE`."""

from __future__ import annotations

import os
import queue
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from altd.engine.child import Inbox, Line
from altd.engine.protocol import (
    PREFIX,
    Activated,
    Describe,
    Described,
    Failed,
    LoadFailed,
    Loading,
    Progress,
    Ready,
)

PAUSES = {"hang": 60.0, "slow": 0.5}
"""Seconds that opening a picture takes."""


def begin_another(inbox: Inbox, line: Line) -> None:
    """Work on what comes next as well, if anything does."""
    with suppress(queue.Empty):
        message, _ = inbox._work.get(timeout=0.3)
        line.send(Progress(id=message.id, step="decode"))


def main(mode: str) -> None:
    line = Line.take_over()
    print("a library that prints to stdout")
    if mode == "crash-on-load":
        os._exit(3)
    if mode.startswith("killed-while-loading:"):  # as often as the file after the colon has bytes
        file = Path(mode.partition(":")[2])
        if left := file.read_bytes():
            file.write_bytes(left[1:])
            line.send(Loading(progress=0.3))
            os.kill(os.getpid(), signal.SIGKILL)
    if mode == "cannot-load":
        line.send(LoadFailed(code="engine_failed", message="The files are damaged."))
        return
    if mode == "garbage":
        os.write(line._sink.fileno(), PREFIX.pack(2**31, 2**31))
        time.sleep(60)
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        inbox = Inbox(line)
        inbox.start()
    line.send(Loading(progress=0.5))
    line.send(Ready(device="cpu", generation=None))
    if mode == "stubborn":
        while True:
            time.sleep(1)
    while True:
        message, body = inbox.next()
        if not isinstance(message, Describe):
            line.send(Activated(id=message.id, generation=message.generation))
            continue
        line.send(Progress(id=message.id, step="decode"))
        if mode in PAUSES:
            time.sleep(PAUSES[mode])
        if mode == "invalid":
            os.write(line._sink.fileno(), PREFIX.pack(2, 0) + b"{}")
            time.sleep(60)
        if body == b"crash":
            if mode == "batch":
                begin_another(inbox, line)
            os.kill(os.getpid(), signal.SIGKILL)
        if body == b"bad":
            line.send(Failed(id=message.id, code="image_undecodable"))
            continue
        line.send(
            Described(
                id=message.id,
                state="done",
                text=f"{len(body)} bytes",
                confidence="high",
                lines=(),
                language="en",
                generation=None,
                timings_ms={},
            )
        )


if __name__ == "__main__":
    main(sys.argv[1])
