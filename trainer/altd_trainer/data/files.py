"""Files of preference examples: of design section 4.6 or as released with MCM-DPO, read and written.

The ending decides between JSON Lines, a JSON list and Parquet (`altd_trainer.data.tables`), the columns
of each row between the two schemas.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from altd_trainer.data.preferences import PreferenceExample, same_text
from altd_trainer.data.released import flat, from_released, is_released, released_schema, to_released
from altd_trainer.data.rows import from_row, parquet_schema, to_row
from altd_trainer.data.tables import read_rows, write_rows

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Read:
    """A row that was read.

    Attributes:
        example: what stands in it. Of an equal pair only the chosen text is kept.
        released: whether it has the released schema.
        equal: whether chosen and rejected are the same text.
    """

    example: PreferenceExample
    released: bool
    equal: bool


def read_examples(
    path: Path, images: Path | None = None, start: int = 0, count: int = 0
) -> list[PreferenceExample]:
    """The examples of a file.

    A row whose chosen and rejected texts are equal has nothing to prefer and counts as one without a
    rejected text. How many there are of either is logged.

    Args:
        path: `.jsonl`, `.json` or `.parquet`.
        images: folder that image paths are relative to; None is the file's own.
        start: how many rows to skip.
        count: how many to take; 0 takes all.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming file and row: a row cannot be read, there is none, or each is an equal pair.
    """
    rows = list(islice(iterate(path, images), start, start + count if count else None))
    if not rows:
        raise ValueError(f"{path.name}: there is no example in it" + (f" after {start}" if start else ""))
    _tell_sides(path.name, rows)
    return [row.example for row in rows]


def iterate(path: Path, images: Path | None = None) -> Iterator[Read]:
    """The rows of a file one by one, as `read_examples` reads them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming file and row, where a row cannot be read.
    """
    folder = path.parent if images is None else images
    for origin, row in read_rows(path):
        released = is_released(row)
        try:
            row = flat(row) if released else row
            equal = _equal(row)
            row = {**row, "rejected": None} if equal else row
            example = from_released(row, folder) if released else from_row(row, folder)
        except ValueError as error:
            raise ValueError(f"{origin}: {error}") from error
        yield Read(replace(example, origin=origin), released, equal)


def write_examples(
    examples: Iterable[PreferenceExample], path: Path, *, released: bool = False, embed: bool = False
) -> int:
    """Write a file by its ending and return how many examples; it is there whole or not at all.

    Args:
        released: the released schema, which keeps less (`to_released`), instead of design section 4.6.
        embed: put pictures into the file instead of their paths.

    Raises:
        ValueError: an ending that is not `.jsonl`, `.json` or `.parquet`.
        UnreadableImageError: a picture to embed is missing.
    """
    schema = None
    if path.suffix == ".parquet":
        schema = released_schema() if released else parquet_schema()
    make = to_released if released else to_row
    return write_rows((make(example, path.parent, embed) for example in examples), path, schema)


def _equal(row: dict[str, Any]) -> bool:
    chosen, rejected = row.get("chosen"), row.get("rejected")
    return isinstance(chosen, str) and isinstance(rejected, str) and same_text(chosen, rejected)


def _tell_sides(name: str, rows: Sequence[Read]) -> None:
    """Say what is missing on the rejected side.

    Raises:
        ValueError: when every row has a pair, and all are equal.
    """
    equal = sum(row.equal for row in rows)
    without = sum(row.example.rejected is None for row in rows) - equal
    if equal == len(rows):
        raise ValueError(f"{name}: chosen and rejected are the same text in every row: nothing to prefer")
    if equal:
        _LOGGER.warning("%s: %d of %d rows have equal texts and count as one-sided", name, equal, len(rows))
    if without == len(rows):
        _LOGGER.warning("%s: no row has a rejected text: only images and contexts will be compared", name)
    elif without:
        _LOGGER.info("%s: %d of %d rows have no rejected text", name, without, len(rows))
