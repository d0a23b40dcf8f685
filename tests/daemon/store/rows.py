"""Rows for the store's tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from altd.store.records import DescriptionRow, FeedbackRow

_DESCRIPTION = DescriptionRow(
    id="d1",
    image_sha256="a" * 64,
    media_key="x:1",
    site="x",
    context={"site": "x", "text": "Größe “zählt” 🛶"},
    lines=["OPEN", "9–17"],
    detail="alt",
    language="en",
    text="A boat.",
    confidence="high",
    model="tiny",
    generation="g0001",
    prompt_version=1,
    alternative_of=None,
    created_at=1000.0,
)
_FEEDBACK = FeedbackRow(
    id="f1",
    key="k1",
    description_id="d1",
    verdict="accept",
    text=None,
    other_id=None,
    created_at=2000.0,
)


def description(**changes: Any) -> DescriptionRow:
    return replace(_DESCRIPTION, **changes)


def feedback(**changes: Any) -> FeedbackRow:
    return replace(_FEEDBACK, **changes)
