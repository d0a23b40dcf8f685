"""Rows of a file: a JSON list, JSON Lines or Parquet, whatever the rows mean."""

import base64
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

_BATCH = 64  # rows of Parquet that are in memory at a time: pictures may be in them


def read_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row with its origin, as in `pairs.jsonl, line 3`.

    Parquet is known by its ending; a text file that begins with `[` is a JSON list, any other is JSON Lines.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming file and row, where it cannot be read as what it should be.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    read = _read_parquet if path.suffix == ".parquet" else _read_json
    for origin, row in read(path):
        if not isinstance(row, dict):
            raise ValueError(f"{origin}: it is no object with columns")
        yield origin, row


def write_rows(rows: Iterable[dict[str, Any]], path: Path, parquet_schema: Any = None) -> int:
    """Write by the file's ending and return how many; the file is there whole or not at all.

    Args:
        rows: bytes in them become base64 in JSON.
        path: `.parquet`, `.json` for a list, or `.jsonl`.
        parquet_schema: types of the columns, for Parquet.

    Raises:
        ValueError: another ending.
    """
    if path.suffix not in (".parquet", ".json", ".jsonl"):
        raise ValueError(f"{path.name}: the ending must be .jsonl, .json or .parquet")
    with _whole(path) as temporary:
        if path.suffix == ".parquet":
            return _write_parquet(rows, temporary, parquet_schema)
        with temporary.open("w", encoding="utf-8") as file:
            lines = (json.dumps(row, ensure_ascii=False, default=_base64) for row in rows)
            if path.suffix == ".json":
                kept = list(lines)
                file.write("[\n" + ",\n".join(kept) + "\n]\n")
                return len(kept)
            return sum(1 for line in lines if file.write(line + "\n"))


def _read_json(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = next((line for line in file if line.strip()), "")
            file.seek(0)
            if first.lstrip().startswith("["):
                for number, row in enumerate(_parsed(file.read(), path.name), start=1):
                    yield f"{path.name}, row {number}", row
                return
            for number, line in enumerate(file, start=1):
                if line.strip():
                    origin = f"{path.name}, line {number}"
                    yield origin, _parsed(line, origin)
    except UnicodeDecodeError:
        raise ValueError(f"{path.name}: it is no text in UTF-8") from None


def _parsed(text: str, origin: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{origin}: it is no JSON ({error.msg}, line {error.lineno})") from None
    except RecursionError:
        raise ValueError(f"{origin}: its JSON is nested too deeply") from None


def _read_parquet(path: Path) -> Iterator[tuple[str, Any]]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(_BATCH):
                for row in batch.to_pylist():
                    number += 1
                    yield f"{path.name}, row {number}", row
    except (pyarrow.ArrowException, OSError) as error:
        raise ValueError(f"{path.name}: it cannot be read as Parquet") from error


def _write_parquet(rows: Iterable[dict[str, Any]], path: Path, schema: Any) -> int:
    import pyarrow
    import pyarrow.parquet

    count = 0
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        left = iter(rows)
        while batch := list(islice(left, _BATCH)):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))
            count += len(batch)
    return count


def _base64(value: Any) -> str:
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} cannot be written as JSON")
    return base64.b64encode(value).decode("ascii")


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
