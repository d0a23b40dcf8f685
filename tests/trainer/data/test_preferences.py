"""Preference examples survive their file, and wrong ones are refused by name."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from altd.describe.prompt import Context
from altd_trainer.data import PreferenceExample, read_jsonl, write_jsonl
from altd_trainer.data.images import image_digest, load_image

MakeExamples = Callable[[int], list[PreferenceExample]]


def test_a_file_gives_back_what_was_written(tmp_path: Path, make_examples: MakeExamples) -> None:
    examples = make_examples(3)
    assert write_jsonl(examples, tmp_path / "e.jsonl") == 3
    back = list(read_jsonl(tmp_path / "e.jsonl"))
    for before, after in zip(examples, back, strict=True):
        assert load_image(before).tobytes() == load_image(after).tobytes()
        assert replace(before, image=b"") == replace(after, image=b"")


def test_columns_are_those_of_the_design(tmp_path: Path, make_examples: MakeExamples) -> None:
    write_jsonl(make_examples(1), tmp_path / "e.jsonl")
    row = json.loads((tmp_path / "e.jsonl").read_text())
    columns = "image prompt chosen rejected context rejected_context source site evidence generation id"
    assert set(columns.split()) <= row.keys()
    assert row["prompt"].startswith("Given an image and context")


def test_paths_are_relative_to_the_file_and_context_may_be_text(tmp_path: Path) -> None:
    row = {"id": 1, "image": "a.png", "context": "A post", "chosen": "Text"}
    (tmp_path / "e.jsonl").write_text(json.dumps(row) + "\n\n")
    example = next(read_jsonl(tmp_path / "e.jsonl"))
    assert example.image == tmp_path / "a.png"
    assert example.context == Context(text="A post")
    assert example.rejected is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chosen": " "}, "example 1: the chosen text is empty"),
        ({"rejected": "Text "}, "same text"),
        ({"evidence": "rumour"}, "evidence must be one of"),
        ({"context": {"place": ""}}, "unknown context fields"),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, change: dict[str, object], message: str) -> None:
    row = {"id": 1, "image": "a.png", "context": "A post", "chosen": "Text"} | change
    (tmp_path / "e.jsonl").write_text("\n" + json.dumps(row))
    with pytest.raises(ValueError, match=r"e\.jsonl, line 2: .*" + message):
        list(read_jsonl(tmp_path / "e.jsonl"))


def test_digests_tell_pictures_apart(make_examples: MakeExamples) -> None:
    first, second, *_ = make_examples(2)
    assert image_digest(first) == image_digest(replace(first, id="other"))
    assert image_digest(first) != image_digest(second)
