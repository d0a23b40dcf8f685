"""What the reader finds in the pictures, kept on disk: several models are asked about the same pictures."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Literal

from PIL import Image

from altd.describe import reader as reader_module
from altd.describe.clean import clean_line
from altd.describe.reader import Reader, ReadLine
from altd.paths import private_directory, write_private
from altd_trainer.evaluation.items import Item
from altd_trainer.generation import Question

Lines = Literal["reader", "truth"]


class KeepingReader(Reader):
    """The reader, which reads no picture twice.

    Args:
        folder: a file for each picture, named after its pixels and the code that reads and keeps it.
        threads: as `Reader`'s.
    """

    def __init__(self, folder: Path, threads: int = 2) -> None:
        super().__init__(threads)
        self._folder = folder

    def read(self, image: Image.Image) -> list[ReadLine]:
        """The lines in reading order."""
        source = Path(reader_module.__file__).read_bytes() + Path(__file__).read_bytes()
        name = hashlib.sha256(source + repr(image.size).encode() + image.tobytes()).hexdigest()
        file = self._folder / f"{name}.json"
        if file.is_file():
            kept = json.loads(file.read_text(encoding="utf-8"))
            return [ReadLine(text, confidence, tuple(box)) for text, confidence, box in kept]
        lines = super().read(image)
        private_directory(self._folder)
        write_private(file, json.dumps([astuple(line) for line in lines], ensure_ascii=False).encode())
        return lines


def ask(items: Sequence[Item], lines: Lines, cache: Path) -> list[Question]:
    """The items as questions.

    Args:
        items: pictures in their posts.
        lines: `reader` runs the real reader, `truth` takes the lines that are known.
        cache: folder of `KeepingReader`.

    Raises:
        UnreadableImageError: a picture is missing or is none.
    """
    reader = KeepingReader(cache)
    return [_question(item, None if lines == "truth" else reader) for item in items]


def _question(item: Item, reader: Reader | None) -> Question:
    image = item.image
    if reader is None:
        return Question(image, item.context, item.lines)
    return Question(
        image, item.context, [text for line in reader.read(image) if (text := clean_line(line.text))]
    )
