"""The files released with MCM-DPO (TAlt from Twitter, PAlt from Pinterest): their rows and ours.

Their schema is irregular: a training file is one JSON list, a test file JSON Lines; question and texts
stand in a JSON string inside `text`, in some files beside it or only beside it; the newline before
`Context:` is missing in the Twitter training rows; Pinterest is lower-cased throughout; a picture is a
path or its bytes.
"""

import html
import json
import re
import zlib
from pathlib import Path
from typing import Any

from altd.describe.prompt import INSTRUCTION, Context, render_context
from altd_trainer.data import columns
from altd_trainer.data.columns import Row
from altd_trainer.data.preferences import PreferenceExample

_CONTEXT = re.compile(r"\s*context:\s*", re.IGNORECASE)
_SITES = {"twitter_data": "x", "pinterest_data": "pinterest"}
_ORIGINS = {"twitter_data": "AltTextData", "pinterest_data": "pinterest"}
_UNNAMED = "released"


def is_released(row: Row) -> bool:
    """Whether a row has this schema rather than that of design section 4.6."""
    return "text" in row or "question" in row


def flat(row: Row) -> dict[str, Any]:
    """The row with what stands in its `text` as columns of their own.

    Raises:
        ValueError: `text` is no JSON object.
    """
    if row.get("text") is None:
        return dict(row)
    try:
        inner = json.loads(columns.text(row, "text"))
    except (json.JSONDecodeError, RecursionError):
        inner = None
    if not isinstance(inner, dict):
        raise ValueError("the column `text` must be a JSON object with question, chosen and rejected")
    return {**row, **inner}


def from_released(row: Row, folder: Path) -> PreferenceExample:
    """A flat row as an example.

    Args:
        folder: with the pictures that rows name.

    Raises:
        ValueError: a column is missing or has a wrong type or value.
    """
    source = columns.text_or(row, "ds_name", _UNNAMED)
    site = _SITES.get(source, "")
    rejected = columns.text_or(row, "rejected").strip()
    return PreferenceExample(
        id=columns.text_or(row, "id") or f"{source}-{columns.required(row, 'idx')}",
        image=_image(row, folder),
        context=Context(site=site, text=context_of(columns.text(row, "question"))),
        chosen=columns.text(row, "chosen").strip(),
        rejected=rejected or None,
        source=source,
        site=site,
    )


def to_released(example: PreferenceExample, folder: Path, embed: bool = False) -> dict[str, Any]:
    """The example as a training row, irregular in the way of its data set.

    The schema has one text for all of a context, and no place for lines, evidence, generation, weight and
    rejected contexts: those are lost. An id that is not made of data set and number gets a column.
    """
    source = example.source or _UNNAMED
    texts = {"question": _question(example, source), "chosen": example.chosen, "rejected": example.rejected}
    texts = {name: text for name, text in texts.items() if text is not None}
    picture = columns.image_column(example.image, folder, example.label if embed else "")
    prefix, _, index = example.id.rpartition("-")
    regular = prefix == source and re.fullmatch(r"0|[1-9][0-9]{0,17}", index) is not None
    return {
        "ds_name": source,
        "image": picture,
        **(texts if source == "pinterest_data" else {}),
        "text": json.dumps(texts, ensure_ascii=False),
        "origin_dataset": _ORIGINS.get(source, source),
        "origin_split": "{}",
        "idx": int(index) if regular else zlib.crc32(example.id.encode()),
        **({} if regular else {"id": example.id}),
        **({"image_path": picture["path"]} if "path" in picture else {}),
    }


def released_schema() -> Any:
    """Types of the columns in Parquet."""
    import pyarrow as pa

    texts = "ds_name text origin_dataset origin_split id image_path question chosen rejected".split()
    image = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    return pa.schema({name: pa.string() for name in texts} | {"image": image, "idx": pa.int64()})


def context_of(question: str) -> str:
    """The post's text in a released question, with its HTML entities resolved."""
    parts = _CONTEXT.split(question, maxsplit=1)
    return html.unescape(parts[1] if len(parts) == 2 else "").strip()


def _question(example: PreferenceExample, source: str) -> str:
    context = example.context
    # a context that has more than a text, in the words of the prompt
    text = (
        context.text if context == Context(site=context.site, text=context.text) else render_context(context)
    )
    if html.unescape(text) != text:
        text = html.escape(text, quote=False)
    if source == "pinterest_data":
        return f"{INSTRUCTION}\nContext:\n".lower() + text
    return f"{INSTRUCTION}{'' if source == 'twitter_data' else chr(10)}Context:\n{text}"


def _image(row: Row, folder: Path) -> Any:
    picture = row.get("image")
    named = isinstance(picture, str) or (isinstance(picture, dict) and any(picture.values()))
    if named:
        return columns.image(picture, "image", folder)
    return columns.image(columns.text(row, "image_path"), "image_path", folder)
