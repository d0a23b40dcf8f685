"""The files released with MCM-DPO (TAlt from Twitter, PAlt from Pinterest) as preference examples.

Their schema is irregular: a training file is one JSON list, a test file JSON Lines; question and texts
stand in a JSON string inside `text`, in some files beside it or only beside it; the newline before
`Context:` is missing in the Twitter training rows; Pinterest is lower-cased throughout.
"""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from altd.describe.prompt import Context
from altd_trainer.data.preferences import PreferenceExample

_CONTEXT = re.compile(r"\s*context:\s*", re.IGNORECASE)
_SITES = {"twitter_data": "x", "pinterest_data": "pinterest"}


def read_released(path: Path, images: Path) -> Iterator[PreferenceExample]:
    """Read a released file.

    Args:
        path: a training or a test file.
        images: folder with the pictures it names.

    Raises:
        ValueError: naming file and row, when a row has no question or no chosen text.
    """
    for number, row in enumerate(_rows(path), start=1):
        try:
            yield _example(row, images)
        except (KeyError, ValueError) as error:
            raise ValueError(f"{path.name}, row {number}: {error}") from error


def context_of(question: str) -> str:
    """The post's text in a released question, with its HTML entities resolved."""
    parts = _CONTEXT.split(question, maxsplit=1)
    return html.unescape(parts[1] if len(parts) == 2 else "").strip()


def _rows(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("["):
        return list(json.loads(text))
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _example(row: dict[str, Any], images: Path) -> PreferenceExample:
    row = row | (json.loads(row["text"]) if "text" in row else {})
    name = row.get("image_path") or row["image"]["path"]
    source = row.get("ds_name", "released")
    site = _SITES.get(source, "")
    return PreferenceExample(
        id=f"{source}-{row['idx']}",
        image=images / name,
        context=Context(site=site, text=context_of(row["question"])),
        chosen=row["chosen"].strip(),
        rejected=row["rejected"].strip() if row.get("rejected") else None,
        source=source,
        site=site,
    )
