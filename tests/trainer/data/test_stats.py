"""`altd data stats` and `altd data import`."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from altd_trainer.cli import main
from altd_trainer.data import PreferenceExample, read_examples, write_examples
from altd_trainer.data.images import load_image
from altd_trainer.data.stats import data_stats

MakeExamples = Callable[[int], list[PreferenceExample]]


@pytest.fixture
def mixed_file(tmp_path: Path, make_examples: MakeExamples) -> Path:
    """Four of ours and one released row: an equal pair, a one-sided row, a repeated id, two bad pictures."""
    first, second, third = make_examples(3)
    examples = [
        first,
        replace(second, source="ours", evidence="edit", image=b"no picture"),
        third,
        replace(first, chosen="Another text", site="x"),
    ]
    write_examples(examples, tmp_path / "e.jsonl")
    rows = (tmp_path / "e.jsonl").read_text().splitlines()
    equal = json.loads(rows[0]) | {"id": "equal", "rejected": json.loads(rows[0])["chosen"]}
    texts = {"question": "Do.\nContext:\nTea", "chosen": "a b c", "rejected": "d"}
    released = {"ds_name": "twitter_data", "idx": 3, "image_path": "none.png", "text": json.dumps(texts)}
    path = tmp_path / "mixed.jsonl"
    path.write_text("\n".join([*rows, json.dumps(equal), json.dumps(released)]))
    return path


def altd_data(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["data", *map(str, arguments)])


def test_counts(mixed_file: Path) -> None:
    stats = data_stats(mixed_file)
    assert (stats.schema, stats.examples) == ("mixed", 6)
    assert stats.sources == {"none": 4, "ours": 1, "twitter_data": 1}
    assert stats.sites == {"none": 4, "x": 2}
    assert stats.evidence == {"base": 5, "edit": 1}
    assert (stats.without_rejected, stats.equal_pairs, stats.repeated_ids) == (1, 1, ["e0"])
    assert stats.lengths["chosen words"] == (2, 7.0, 7)
    assert stats.lengths["context characters"][0] == len("Tea")
    assert stats.unreadable_images is not None
    assert [line.split(": ")[0] for line in stats.unreadable_images] == [
        "example e1 (mixed.jsonl, line 2)",
        "example twitter_data-3 (mixed.jsonl, line 6)",
    ]


def test_figures_as_lines_and_as_json(mixed_file: Path) -> None:
    lines = altd_data("stats", mixed_file).output.splitlines()
    for line in ("examples: 6", "source ours: 1", "site x: 2", "without rejected text: 1 (17%)"):
        assert line in lines
    assert "repeated ids: 1 (e0)" in lines
    assert "chosen words: 2 to 7, median 7" in lines
    assert "unreadable images: 2" in lines
    figures = json.loads(altd_data("stats", mixed_file, "--json", "--skip-images").output)
    assert (figures["examples"], figures["share_without_rejected"]) == (6, 0.1667)
    assert figures["unreadable_images"] is None


def test_a_file_is_imported_in_any_form(tmp_path: Path, make_examples: MakeExamples) -> None:
    examples = [
        replace(example, id=f"twitter_data-{number}", source="twitter_data", lines=(), rejected_context=None)
        for number, example in enumerate(make_examples(3))
    ]
    write_examples(examples, tmp_path / "train.json", released=True)
    result = altd_data("import", tmp_path / "train.json", tmp_path / "ours.parquet")
    assert result.output == f"3 examples in {tmp_path / 'ours.parquet'}\n"
    ours = read_examples(tmp_path / "ours.parquet")
    assert ours == read_examples(tmp_path / "train.json")
    again = altd_data("import", tmp_path / "ours.parquet", tmp_path / "back.json", "--released")
    assert again.exit_code == 0
    assert (tmp_path / "back.json").read_bytes() == (tmp_path / "train.json").read_bytes()


def test_pictures_can_go_into_the_file(tmp_path: Path, make_examples: MakeExamples) -> None:
    (tmp_path / "images").mkdir()
    (example,) = make_examples(1)
    load_image(example).save(tmp_path / "images" / "a.png")
    (tmp_path / "e.jsonl").write_text(
        json.dumps({"id": 1, "image": "a.png", "context": "A post", "chosen": "x", "rejected": "y"})
    )
    options = ("--images", tmp_path / "images", "--embed")
    assert altd_data("import", tmp_path / "e.jsonl", tmp_path / "out.jsonl", *options).exit_code == 0
    (tmp_path / "images" / "a.png").unlink()
    (embedded,) = read_examples(tmp_path / "out.jsonl")
    assert load_image(embedded).tobytes() == load_image(example).tobytes()


def test_pictures_that_are_not_there_are_said(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text(
        json.dumps({"id": 1, "image": "a.png", "context": "A post", "chosen": "x", "rejected": "y"})
    )
    result = altd_data("import", tmp_path / "e.jsonl", tmp_path / "out.json")
    assert result.stderr == f"1 of 1 pictures are not there, among them {tmp_path / 'a.png'}\n"


def test_a_file_is_not_replaced_unless_told_so(mixed_file: Path) -> None:
    result = altd_data("import", mixed_file, mixed_file)
    assert result.exit_code == 1
    assert "is there already: name another file, or give --force" in result.stderr
    assert altd_data("import", mixed_file, mixed_file, "--force").exit_code == 0
    assert len(read_examples(mixed_file)) == 6


def test_what_is_wrong_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text('{"id": 1}')
    program = [sys.executable, "-m", "altd", "data", "stats", str(tmp_path / "e.jsonl")]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Error: e.jsonl, line 1: the column `image` is missing\n"
