"""What a preference example must be, and its pictures."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from altd.describe.prompt import Context
from altd_trainer.data import PreferenceExample
from altd_trainer.data.images import UnreadableImageError, image_digest, load_image, load_rejected_image

MakeExamples = Callable[[int], list[PreferenceExample]]


def test_an_example_must_have_something_to_prefer() -> None:
    for change in ({"chosen": " "}, {"rejected": " Text"}, {"evidence": "rumour"}, {"response_only": True}):
        fields = {"id": "1", "image": b"", "context": Context(), "chosen": "Text "} | change
        with pytest.raises(ValueError, match="example 1: "):
            PreferenceExample(**fields)


def test_digests_tell_pictures_apart(make_examples: MakeExamples) -> None:
    first, second, *_ = make_examples(2)
    assert image_digest(first) == image_digest(replace(first, id="other"))
    assert image_digest(first) != image_digest(second)


def test_a_picture_that_cannot_be_read_is_named_with_its_row(make_examples: MakeExamples) -> None:
    example = replace(make_examples(1)[0], origin="pairs.jsonl, line 7")
    with pytest.raises(
        UnreadableImageError, match=r"example e0 \(pairs.jsonl, line 7\): .*none.png: No such"
    ):
        load_image(replace(example, image=Path("none.png")))
    with pytest.raises(UnreadableImageError, match=r"example e0 \(pairs.jsonl, line 7\): "):
        load_image(replace(example, image=b"no picture"))
    assert load_rejected_image(example) is None
    with pytest.raises(UnreadableImageError, match="line 7"):
        load_rejected_image(replace(example, rejected_image=b"no picture"))
