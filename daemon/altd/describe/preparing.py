"""Main program of the child beside a remote server: `python -m altd.describe.preparing`.

It opens and reads pictures, as the model's process does, and gives them back as JPEG files: small enough to
send, in the one format that every server takes, and without the place and time that cameras write into files.
It loads no model and never sees the server's key.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Sequence
from io import BytesIO

from PIL import Image

from altd.describe.images import decode, limited_memory
from altd.describe.reader import Reader
from altd.describe.reading import Clock, RememberingReader, drawn_word
from altd.engine.child import Inbox, Line, limit_process
from altd.engine.protocol import Failed, Loading, Prepare, Prepared, Progress, ProtocolError, Ready
from altd.engine.trimming import Trimmer
from altd.errors import AltdError, where

MAX_SIDE = 1280
"""Pixels: as much as servers' models look at; small print is read here, from the whole picture."""

_QUALITY = 90
_log = logging.getLogger("altd.preparing")


def main(arguments: Sequence[str] | None = None) -> None:
    """Load the reader, then prepare pictures until the parent closes the line."""
    parser = argparse.ArgumentParser("altd.describe.preparing")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    line = Line.take_over()
    limit_process()
    inbox = Inbox(line)
    inbox.start()
    line.send(Loading(progress=0.0))
    reader = RememberingReader(Reader(options.threads))
    reader.lines(drawn_word(), b"")
    line.send(Ready(device="", generation=None))
    trimmer = Trimmer()
    trimmer.start()
    while True:
        message, body = inbox.next()
        if not isinstance(message, Prepare):
            raise ProtocolError("this process only reads, and is asked for more")
        _work(message, body, reader, inbox, line)
        inbox.close(message.id)
        trimmer.worked()


def prepare(
    ask: Prepare, data: bytes, reader: RememberingReader, clock: Clock, tell: Callable[[Progress], None]
) -> tuple[Prepared, bytes]:
    """Read one picture and make it fit to send; `tell` gets each step as it begins.

    Raises:
        AltdError: `image_undecodable`, `image_too_large`, `cancelled`.
    """
    with clock("decode"):
        tell(Progress(id=ask.id, step="decode"))
        with limited_memory():
            image = decode(data)
    with clock("read"):
        tell(Progress(id=ask.id, step="read"))
        lines = reader.lines(image, data)
    with clock("prepare"):
        picture = to_jpeg(image)
    return Prepared(id=ask.id, lines=lines, timings_ms=clock.times), picture


def to_jpeg(image: Image.Image) -> bytes:
    """The picture's pixels, at most 1280 on a side, as a JPEG file without any metadata."""
    smaller = image.copy()
    smaller.thumbnail((MAX_SIDE, MAX_SIDE))
    bare = Image.new("RGB", smaller.size)
    bare.paste(smaller)
    file = BytesIO()
    bare.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def _work(message: Prepare, body: bytes, reader: RememberingReader, inbox: Inbox, line: Line) -> None:
    clock = Clock(lambda: inbox.cancelled(message.id))
    try:
        line.send(*prepare(message, body, reader, clock, line.send))
    except AltdError as error:
        line.send(Failed(id=message.id, code=error.code))
    except Exception as error:  # noqa: BLE001 - every request gets an answer
        _log.error("a request failed: %s", where(error))
        line.send(Failed(id=message.id, code="engine_failed"))


if __name__ == "__main__":
    main()
