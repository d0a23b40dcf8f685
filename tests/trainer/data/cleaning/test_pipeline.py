"""`altd data import` and `altd data clean` on a folder of raw posts with planted defects."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from altd_trainer.cli import main
from altd_trainer.data import read_examples

from .raw import ALTS, CLEAN, REPAIRED, write_raw


def data(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["data", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder after both commands."""
    folder = tmp_path_factory.mktemp("raw")
    imported = data("import", write_raw(folder), folder / "imported.jsonl")
    assert "left out, no alt text: 1\n" in imported
    assert "left out, no picture: 1, among them gone.png\n" in imported
    data("clean", folder / "imported.jsonl", folder / "clean.jsonl", "--report", folder / "report.json")
    return folder


def test_every_defect_is_found_with_its_count(cleaned: Path) -> None:
    report = json.loads((cleaned / "report.json").read_text())
    planted = {reason: len(alts) for reason, alts in ALTS.items()}
    planted |= {"image_unreadable": 1, "image_duplicate": 1, "image_similar": 1, "text_duplicate": 2}
    assert {reason: kind["count"] for reason, kind in report["rejected"].items() if kind["count"]} == planted
    assert report["rejected"]["file_name"]["first"][0] == {"id": "posts-file_name-0", "text": "IMG_2041.jpg"}


def test_nothing_clean_is_lost_and_nothing_at_all(cleaned: Path) -> None:
    kept = {example.id for example in read_examples(cleaned / "clean.jsonl")}
    assert {f"posts-clean-{number}" for number in range(CLEAN)} <= kept
    aside = [json.loads(line) for line in (cleaned / "clean.rejected.jsonl").read_text().splitlines()]
    assert all(row["id"].startswith(f"posts-{row['reason']}-") for row in aside if row["reason"] in ALTS)
    came = {example.id: example.chosen for example in read_examples(cleaned / "imported.jsonl")}
    assert kept | {row["id"] for row in aside} == came.keys()
    assert all(row["chosen"] == came[row["id"]] for row in aside)


@pytest.mark.parametrize("kind", REPAIRED)
def test_what_can_be_mended_is_mended_and_kept(cleaned: Path, kind: str) -> None:
    kept = {example.id: example.chosen for example in read_examples(cleaned / "clean.jsonl")}
    assert kept[f"posts-repaired-{kind}"] == REPAIRED[kind][1]
    assert json.loads((cleaned / "report.json").read_text())["repaired"][kind]["count"] >= 1


def test_messages(cleaned: Path) -> None:
    taken = data("clean", cleaned / "imported.jsonl", cleaned / "clean.jsonl", code=1)
    assert "give --force" in taken
    other = data("clean", cleaned / "imported.jsonl", cleaned / "x.jsonl", "--language", "xx", code=1)
    assert other.startswith("Error: unknown language 'xx'")
    assert data("clean", cleaned / "none.jsonl", cleaned / "x.jsonl", code=1).endswith(
        "there is no such file\n"
    )
