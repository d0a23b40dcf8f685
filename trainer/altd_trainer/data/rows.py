"""A preference example as a row of design section 4.6 and back; names are TRL's where TRL has one."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, cast

from altd.describe.prompt import Context, build_question
from altd_trainer.data import columns
from altd_trainer.data.columns import Row
from altd_trainer.data.preferences import Evidence, ImageSource, PreferenceExample

_CONTEXT = [field.name for field in fields(Context)]


def to_row(example: PreferenceExample, folder: Path, embed: bool = False) -> dict[str, Any]:
    """The example as a row of a file in `folder`; `embed` puts pictures into it instead of their paths."""
    other = example.rejected_context
    embed_for = example.label if embed else ""
    return {
        "id": example.id,
        "image": columns.image_column(example.image, folder, embed_for),
        "prompt": build_question(example.context, example.lines),
        "chosen": example.chosen,
        "rejected": example.rejected,
        "context": asdict(example.context),
        "rejected_context": None if other is None else asdict(other),
        "rejected_image": _image_column_or_none(example.rejected_image, folder, embed_for),
        "lines": list(example.lines),
        "post": example.post,
        "source": example.source,
        "site": example.site,
        "evidence": example.evidence,
        "generation": example.generation,
        "weight": example.weight,
    }


def from_row(row: Row, folder: Path) -> PreferenceExample:
    """A row back as an example; `prompt` is not read, since context and lines say it all.

    Args:
        folder: what image paths are relative to.

    Raises:
        ValueError: a column is missing or has a wrong type or value.
    """
    return PreferenceExample(
        id=_id(columns.required(row, "id")),
        image=columns.image(columns.required(row, "image"), "image", folder),
        context=_context(columns.required(row, "context"), "context"),
        chosen=columns.text(row, "chosen"),
        rejected=columns.text_or_none(row, "rejected"),
        lines=columns.texts_or_none(row, "lines"),
        rejected_context=_context_or_none(row, "rejected_context"),
        rejected_image=_image_or_none(row, "rejected_image", folder),
        post=columns.text_or(row, "post"),
        source=columns.text_or(row, "source"),
        site=columns.text_or(row, "site"),
        evidence=cast(Evidence, columns.text_or(row, "evidence", "base")),
        generation=columns.text_or(row, "generation"),
        weight=columns.number_or(row, "weight", 1.0),
    )


def parquet_schema() -> Any:
    """Types of the columns, so that a file with nothing but nulls in one has them as well."""
    import pyarrow as pa

    image = pa.struct({"bytes": pa.binary(), "path": pa.string()})  # as `datasets` keeps pictures
    context = pa.struct({name: pa.string() for name in _CONTEXT})
    texts = "id prompt chosen rejected post source site evidence generation".split()
    return pa.schema(
        {name: pa.string() for name in texts}
        | {"image": image, "rejected_image": image, "context": context, "rejected_context": context}
        | {"lines": pa.list_(pa.string()), "weight": pa.float64()}
    )


def _id(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise ValueError("the column `id` must be text or a whole number")
    return columns.as_text(str(value), "id")


def _image_column_or_none(source: ImageSource | None, folder: Path, embed_for: str) -> dict[str, Any] | None:
    return None if source is None else columns.image_column(source, folder, embed_for)


def _image_or_none(row: Row, name: str, folder: Path) -> ImageSource | None:
    return None if row.get(name) is None else columns.image(row[name], name, folder)


def _context_or_none(row: Row, name: str) -> Context | None:
    return None if row.get(name) is None else _context(row[name], name)


def _context(value: Any, name: str) -> Context:
    if isinstance(value, str):
        return Context(text=columns.as_text(value, name))
    if not isinstance(value, Mapping):
        raise ValueError(f"the column `{name}` must be text or an object")
    unknown = sorted(set(value) - set(_CONTEXT))
    if unknown:
        raise ValueError(f"unknown context fields {unknown} in the column `{name}`")
    return Context(**{field: columns.text_or(value, field) for field in value})
