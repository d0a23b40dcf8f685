"""A child process without a model, well-behaved or not: `python odd_child.py MODE`."""

from __future__ import annotations

import os
import signal
import sys
import time

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


def main(mode: str) -> None:
    line = Line.take_over()
    print("a library that prints to stdout")
    if mode == "crash-on-load":
        os._exit(3)
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
        if mode == "hang":
            time.sleep(60)
        if mode == "invalid":
            os.write(line._sink.fileno(), PREFIX.pack(2, 0) + b"{}")
            time.sleep(60)
        if body == b"crash":
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
