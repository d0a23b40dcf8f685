"""Examples survive their files, whatever stands in them; what is wrong is named by file and row."""

import json
import logging
import string
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from altd.describe.prompt import Context
from altd_trainer.data import PreferenceExample, read_examples, write_examples
from altd_trainer.data.images import UnreadableImageError, load_image

MakeExamples = Callable[[int], list[PreferenceExample]]
Endings = pytest.mark.parametrize("ending", ["jsonl", "json", "parquet"])

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
solid = texts.filter(str.strip)
contexts = st.builds(Context, *[texts] * 6)
pictures = st.binary(max_size=20) | st.text(string.ascii_lowercase, min_size=1).map(
    lambda name: Path("/pictures") / name
)
examples_of_any_kind = st.builds(
    PreferenceExample,
    id=solid,
    image=pictures,
    context=contexts,
    chosen=solid.map(lambda text: f"{text}+"),
    rejected=st.none() | texts.map(lambda text: f"{text}-"),
    lines=st.lists(texts, max_size=3).map(tuple),
    rejected_context=st.none() | contexts,
    rejected_image=st.none() | pictures,
    post=texts,
    source=texts,
    site=texts,
    evidence=st.sampled_from(["edit", "regenerated", "preferred", "accepted", "rejected", "base"]),
    generation=texts,
    weight=st.floats(0, 1e6),
)
ROW = {"id": 1, "image": "a.png", "context": "A post", "chosen": "Text", "rejected": "Test"}


def write(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


@Endings
@given(examples=st.lists(examples_of_any_kind, min_size=1, max_size=3))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_gives_back_what_was_written(
    tmp_path: Path, ending: str, examples: list[PreferenceExample]
) -> None:
    path = tmp_path / f"examples.{ending}"
    assert write_examples(examples, path) == len(examples)
    assert read_examples(path) == examples
    assert list(tmp_path.glob("*examples*")) == [path]


@Endings
def test_pictures_are_kept_by_value_or_by_path(
    tmp_path: Path, make_examples: MakeExamples, ending: str
) -> None:
    drawn, *rest = make_examples(3)
    load_image(drawn).save(tmp_path / "a.png")
    examples = [drawn, replace(rest[0], image=tmp_path / "a.png"), rest[1]]
    path = tmp_path / f"e.{ending}"
    write_examples(examples, path)
    first, second, _ = read_examples(path)
    assert second.image == tmp_path / "a.png"
    write_examples([first, second], path, embed=True)
    for example in read_examples(path):
        assert isinstance(example.image, bytes)
        assert load_image(example).tobytes() == load_image(drawn).tobytes()


def test_a_picture_to_embed_must_be_there(tmp_path: Path, make_examples: MakeExamples) -> None:
    example = replace(make_examples(1)[0], image=tmp_path / "none.png")
    with pytest.raises(UnreadableImageError, match=r"example e0: .*none.png"):
        write_examples([example], tmp_path / "e.jsonl", embed=True)
    assert not list(tmp_path.glob("*e.jsonl*"))


def test_columns_are_those_of_the_design(tmp_path: Path, make_examples: MakeExamples) -> None:
    write_examples(make_examples(1), tmp_path / "e.jsonl")
    row = json.loads((tmp_path / "e.jsonl").read_text())
    columns = "image prompt chosen rejected context rejected_context source site evidence generation id"
    assert set(columns.split()) <= row.keys()
    assert row["prompt"].startswith("Given an image and context")


def test_paths_are_relative_to_the_file_and_context_may_be_text(tmp_path: Path) -> None:
    row = {"id": 1, "image": "a.png", "context": "A post", "chosen": "Text"}
    (tmp_path / "e.jsonl").write_text(json.dumps(row) + "\n\n")
    (example,) = read_examples(tmp_path / "e.jsonl")
    assert example.image == tmp_path / "a.png"
    assert example.context == Context(text="A post")
    assert example.rejected is None
    assert example.origin == "e.jsonl, line 1"
    (moved,) = read_examples(tmp_path / "e.jsonl", tmp_path / "images")
    assert moved.image == tmp_path / "images" / "a.png"


def test_a_part_of_a_file(tmp_path: Path, make_examples: MakeExamples) -> None:
    write_examples(make_examples(5), tmp_path / "e.parquet")
    assert [e.id for e in read_examples(tmp_path / "e.parquet", start=1, count=2)] == ["e1", "e2"]
    with pytest.raises(ValueError, match=r"e.parquet: there is no example in it after 5"):
        read_examples(tmp_path / "e.parquet", start=5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chosen": " "}, "the chosen text is empty"),
        ({"chosen": None}, "the column `chosen` is missing"),
        ({"chosen": 3}, "the column `chosen` must be text, not a number"),
        ({"rejected": ["Test"]}, "the column `rejected` must be text, not a list"),
        ({"evidence": "rumour"}, "evidence must be one of"),
        ({"context": {"place": ""}}, "unknown context fields"),
        ({"context": {"text": 1}}, "the column `text` must be text, not a number"),
        ({"context": 1}, "the column `context` must be text or an object"),
        ({"id": ""}, "the column `id` must be text or a whole number"),
        ({"id": 1.5}, "the column `id` must be text or a whole number"),
        ({"image": None}, "the column `image` is missing"),
        ({"image": 1}, "the column `image` must be a path or an object, not a number"),
        ({"image": {}}, "the column `path` is missing"),
        ({"image": {"bytes": "?"}}, "the column `image.bytes` is not base64"),
        ({"lines": "OPEN"}, "the column `lines` must be a list of texts, not text"),
        ({"lines": [None]}, "the column `lines` must be text, not nothing"),
        ({"weight": "1"}, "the column `weight` must be a number, not text"),
        ({"weight": True}, "the column `weight` must be a number, not true or false"),
        ({"weight": -1}, "a finite number of at least 0, not -1"),
        ({"weight": float("nan")}, "a finite number of at least 0, not nan"),
        ({"chosen": "half \ud800"}, "the column `chosen` has half a character"),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = write(tmp_path / "e.jsonl", ROW, ROW | change)
    with pytest.raises(ValueError, match=r"^e\.jsonl, line 2: .*" + message):
        read_examples(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("e.jsonl", b"", "e.jsonl: there is no example in it"),
        ("e.json", b"[]", "e.json: there is no example in it"),
        ("e.jsonl", b"\n{", "e.jsonl, line 2: it is no JSON"),
        ("e.json", b"[{}", "e.json: it is no JSON"),
        ("e.json", b"[" * 100_000, "e.json: its JSON is nested too deeply"),
        ("e.json", b"[1]", "e.json, row 1: it is no object with columns"),
        ("e.jsonl", b"\xff", "e.jsonl: it is no text in UTF-8"),
        ("e.parquet", b"PAR1", "e.parquet: it cannot be read as Parquet"),
    ],
)
def test_wrong_files_are_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match="^" + message):
        read_examples(tmp_path / name)


def test_a_missing_file_and_an_unknown_ending(tmp_path: Path, make_examples: MakeExamples) -> None:
    with pytest.raises(FileNotFoundError, match=r"e.json: there is no such file"):
        read_examples(tmp_path / "e.json")
    with pytest.raises(ValueError, match=r"e.csv: the ending must be .jsonl, .json or .parquet"):
        write_examples(make_examples(1), tmp_path / "e.csv")


def test_a_missing_column_of_parquet_is_named(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.Table.from_pylist([{"id": 1, "image": "a.png"}]), tmp_path / "e.parquet")
    with pytest.raises(ValueError, match=r"^e.parquet, row 1: the column `context` is missing"):
        read_examples(tmp_path / "e.parquet")


def test_no_rejected_text_at_all_is_allowed_but_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "e.jsonl", ROW | {"rejected": None})
    assert read_examples(path)[0].rejected is None
    assert "e.jsonl: no row has a rejected text: only images and contexts will be compared" in caplog.text


def test_equal_pairs_are_one_sided_and_nothing_but_equal_pairs_is_an_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    equal = ROW | {"id": 2, "rejected": " Text "}
    with caplog.at_level(logging.INFO):
        examples = read_examples(write(tmp_path / "e.jsonl", ROW, equal, ROW | {"id": 3, "rejected": None}))
    assert [example.rejected for example in examples] == ["Test", None, None]
    assert "1 of 3 rows have equal texts" in caplog.text
    assert "1 of 3 rows have no rejected text" in caplog.text
    with pytest.raises(ValueError, match=r"e.jsonl: chosen and rejected are the same text in every row"):
        read_examples(write(tmp_path / "e.jsonl", equal, equal | {"id": 3}))
