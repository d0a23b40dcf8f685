"""What every child does with a picture before a model comes into it: read it once, and time each step."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PIL import Image, ImageDraw, ImageFont

from altd.describe.clean import clean_line, shorten
from altd.describe.reader import Reader
from altd.errors import AltdError

_REMEMBERED = 32
_MAX_LINE = 500


class RememberingReader:
    """A reader that reads a picture once, for every further candidate asks about the same one."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._read_before: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def lines(self, image: Image.Image, data: bytes) -> tuple[str, ...]:
        """The picture's lines without invisible characters; `data` is the file it came from."""
        key = hashlib.sha256(data).hexdigest()
        lines = self._read_before.get(key)
        if lines is None:
            read = (shorten(clean_line(line.text), _MAX_LINE) for line in self._reader.read(image))
            lines = tuple(line for line in read if line)
            self._read_before[key] = lines
            if len(self._read_before) > _REMEMBERED:
                self._read_before.popitem(last=False)
        return lines


class Clock:
    """Milliseconds per step; between steps it asks whether the work is still wanted."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self.cancelled = cancelled
        self.times: dict[str, float] = {}
        self._tokens: list[float] = []

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Time the block; raises `AltdError` `cancelled` instead of entering it."""
        if self.cancelled():
            raise AltdError("cancelled")
        start = time.perf_counter()
        yield
        self.times[step] = _milliseconds(time.perf_counter() - start)

    def token(self) -> None:
        """Note that the answer has one more token."""
        self._tokens.append(time.perf_counter())

    def generated(self, start: float, end: float) -> None:
        """Note `generate`, and of it `first_token` and the mean `per_token` after that one.

        Args:
            start, end: of the batch, by `time.perf_counter`; tokens of an earlier try do not count.
        """
        tokens = [moment for moment in self._tokens if moment >= start]
        self.times["generate"] = _milliseconds(end - start)
        if tokens:
            self.times["first_token"] = _milliseconds(tokens[0] - start)
        if len(tokens) > 1:
            self.times["per_token"] = _milliseconds((tokens[-1] - tokens[0]) / (len(tokens) - 1))


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def drawn_word() -> Image.Image:
    """A picture with one word: what a child reads before it says that it is ready."""
    picture = Image.new("RGB", (320, 160), "white")
    ImageDraw.Draw(picture).text((40, 40), "Hello", fill="black", font=ImageFont.load_default(60))
    return picture
