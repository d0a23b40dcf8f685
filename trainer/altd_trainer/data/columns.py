"""The columns of a row, with what is wrong with one said in a sentence."""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from altd_trainer.data.images import encoded, png
from altd_trainer.data.preferences import ImageSource

Row = Mapping[str, Any]


def required(row: Row, name: str) -> Any:
    """A column's value; ValueError when there is none."""
    if row.get(name) is None:
        raise ValueError(f"the column `{name}` is missing")
    return row[name]


def text(row: Row, name: str) -> str:
    """A text that must be there."""
    return as_text(required(row, name), name)


def text_or(row: Row, name: str, default: str = "") -> str:
    """A text that may be missing or null."""
    return default if row.get(name) is None else as_text(row[name], name)


def text_or_none(row: Row, name: str) -> str | None:
    """A text for which null has a meaning."""
    return None if row.get(name) is None else as_text(row[name], name)


def as_text(value: Any, name: str) -> str:
    """A value that must be text that can be written again."""
    if not isinstance(value, str):
        raise ValueError(f"the column `{name}` must be text, not {_kind(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"the column `{name}` has half a character (a lone surrogate)") from None
    return value


def number_or(row: Row, name: str, default: float) -> float:
    """A finite number that is not negative."""
    value = default if row.get(name) is None else row[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"the column `{name}` must be a number, not {_kind(value)}")
    if not 0 <= value < float("inf"):
        raise ValueError(f"the column `{name}` must be a finite number of at least 0, not {value}")
    return float(value)


def texts_or_none(row: Row, name: str) -> tuple[str, ...]:
    """A list of texts that may be missing."""
    value = row.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"the column `{name}` must be a list of texts, not {_kind(value)}")
    return tuple(as_text(item, name) for item in value)


def image(value: Any, name: str, folder: Path) -> ImageSource:
    """A picture: a path, or `{path}` or `{bytes}`, where JSON has bytes in base64.

    Args:
        folder: what relative paths are relative to.
    """
    value = {"path": value} if isinstance(value, str) else value
    if not isinstance(value, Mapping):
        raise ValueError(f"the column `{name}` must be a path or an object, not {_kind(value)}")
    content = value.get("bytes")
    if isinstance(content, bytes):
        return content
    if content is not None:
        try:
            return base64.b64decode(as_text(content, f"{name}.bytes"), validate=True)
        except binascii.Error:
            raise ValueError(f"the column `{name}.bytes` is not base64") from None
    return folder / text(value, "path")


def image_column(source: ImageSource, folder: Path, embed_for: str = "") -> dict[str, Any]:
    """The column of a picture: the path of a file, seen from `folder` where it is below, or the bytes.

    Args:
        embed_for: take the bytes of files as well, for the example of this label.

    Raises:
        UnreadableImageError: a file to take the bytes of cannot be read.
    """
    if isinstance(source, Path) and not embed_for:
        full, base = source.absolute(), folder.absolute()
        return {"path": (full.relative_to(base) if full.is_relative_to(base) else full).as_posix()}
    return {"bytes": png(source) if isinstance(source, Image.Image) else encoded(source, embed_for)}


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list"}
    return kinds.get(type(value), "an object" if isinstance(value, Mapping) else type(value).__name__)
