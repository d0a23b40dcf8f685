"""A preference example, and its JSON Lines file (design section 4.6; names are TRL's where TRL has one)."""

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from PIL import Image

from altd.describe.prompt import Context, build_question

Evidence = Literal["edit", "regenerated", "preferred", "accepted", "rejected", "base"]
ImageSource: TypeAlias = bytes | Path | Image.Image

_CONTEXT_FIELDS = {field.name for field in fields(Context)}


@dataclass(frozen=True)
class PreferenceExample:
    """One image in its post with a better and, where there is one, a worse alt text.

    Attributes:
        id: unique; every random choice about the example is a function of it.
        image: encoded bytes, a file, or a decoded RGB picture.
        context: what surrounds the image in its post.
        lines: text that the reader found in the image.
        chosen: the better alt text.
        rejected: the worse one; None leaves only the terms that need none.
        rejected_context: context of some other post; None lets training draw one from its pool.
        rejected_image: picture of some other post, likewise; used where negatives are of kind `other`.
        post: name of the post, when it is known: examples of one post are no negatives of each other.
        source: data set that the example comes from.
        site: site that the post was on.
        evidence: what a person did, or `base` for a data set.
        generation: adapter that wrote the text a person judged; empty for a data set.
        weight: factor of the example's loss.
    """

    id: str
    image: ImageSource
    context: Context
    chosen: str
    rejected: str | None = None
    lines: tuple[str, ...] = ()
    rejected_context: Context | None = None
    rejected_image: ImageSource | None = None
    post: str = ""
    source: str = ""
    site: str = ""
    evidence: Evidence = "base"
    generation: str = ""
    weight: float = 1.0

    def __post_init__(self) -> None:
        if self.evidence not in get_args(Evidence):
            raise ValueError(f"example {self.id}: evidence must be one of {get_args(Evidence)}")
        if not self.chosen.strip():
            raise ValueError(f"example {self.id}: the chosen text is empty")
        if self.rejected is not None and self.rejected.strip() == self.chosen.strip():
            raise ValueError(f"example {self.id}: chosen and rejected are the same text")


def write_jsonl(examples: Iterable[PreferenceExample], path: Path) -> int:
    """Write one JSON object per line and return how many; bytes and pictures become base64."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for example in examples:
            file.write(json.dumps(to_row(example), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_jsonl(path: Path) -> Iterator[PreferenceExample]:
    """Read what `write_jsonl` wrote; image paths are taken relative to the file.

    Raises:
        ValueError: naming file and line, when a line is not a preference example.
    """
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield from_row(json.loads(line), path.parent)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error


def to_row(example: PreferenceExample) -> dict[str, Any]:
    """The example as a row of design 4.6."""
    rejected = example.rejected_context
    return {
        "id": example.id,
        "image": _image_column(example.image),
        "prompt": build_question(example.context, example.lines),
        "chosen": example.chosen,
        "rejected": example.rejected,
        "context": asdict(example.context),
        "rejected_context": None if rejected is None else asdict(rejected),
        "lines": list(example.lines),
        "source": example.source,
        "site": example.site,
        "evidence": example.evidence,
        "generation": example.generation,
        "weight": example.weight,
    }


def from_row(row: dict[str, Any], folder: Path) -> PreferenceExample:
    """A row back as an example; `prompt` is not read, since context and lines say it all.

    Raises:
        KeyError: a required column is missing.
        ValueError: a column has a wrong value.
    """
    rejected_context = row.get("rejected_context")
    return PreferenceExample(
        id=str(row["id"]),
        image=_image_from_column(row["image"], folder),
        context=_context(row["context"]),
        chosen=row["chosen"],
        rejected=row.get("rejected"),
        lines=tuple(row.get("lines") or ()),
        rejected_context=None if rejected_context is None else _context(rejected_context),
        source=row.get("source", ""),
        site=row.get("site", ""),
        evidence=row.get("evidence", "base"),
        generation=row.get("generation", ""),
        weight=float(row.get("weight", 1.0)),
    )


def _image_column(image: ImageSource) -> dict[str, str]:
    if isinstance(image, Path):
        return {"path": str(image)}
    if isinstance(image, Image.Image):
        buffer = BytesIO()
        image.save(buffer, "PNG")
        image = buffer.getvalue()
    return {"bytes": base64.b64encode(image).decode("ascii")}


def _image_from_column(column: Any, folder: Path) -> ImageSource:
    if isinstance(column, str):
        column = {"path": column}
    if column.get("bytes") is not None:
        return base64.b64decode(column["bytes"], validate=True)
    return folder / str(column["path"])


def _context(value: Any) -> Context:
    if isinstance(value, str):
        return Context(text=value)
    unknown = set(value) - _CONTEXT_FIELDS
    if unknown:
        raise ValueError(f"unknown context fields {sorted(unknown)}")
    return Context(**value)
