"""The evaluation on a tiny model and on texts whose score is known."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from altd.describe.reader import Reader
from altd.models.loading import load_model, load_processor
from altd_trainer.cli import main
from altd_trainer.evaluate import ask, measure, open_items, read_cached
from altd_trainer.generation import Question, answer


def test_true_texts_get_everything_right() -> None:
    items = open_items("synthetic:test", 12)
    figures = measure(items, [item.reference for item in items])
    assert figures["facts"].value == 1
    assert figures["invented"].value == 0
    assert figures["rouge_l"].value == 1
    assert figures["cider"].value > 8  # what all references share counts nothing


def test_empty_texts_get_nothing_right() -> None:
    items = open_items("synthetic:test", 12)
    figures = measure(items, [""] * 12)
    assert figures["facts"].value == figures["rouge_l"].value == figures["cider"].value == 0
    assert "invented" not in figures


def test_a_batch_answers_as_one_by_one(model_dir: Path) -> None:
    questions = ask(open_items("synthetic:test", 3), "truth", Path())
    model, processor = load_model(model_dir, "none"), load_processor(model_dir)
    together = list(answer(model, processor, questions, 3))
    assert together == list(answer(model, processor, questions, 1))
    assert len(together) == 3


def test_answers_end_before_the_end_token(model_dir: Path) -> None:
    item = open_items("synthetic:test", 1)[0]
    question = Question(item.image, item.context, item.lines)
    (text,) = answer(load_model(model_dir, "none"), load_processor(model_dir), [question], 1)
    assert "</s>" not in text
    assert "ASSISTANT" not in text


def test_pictures_are_read_once(tmp_path: Path) -> None:
    image = next(item.image for item in open_items("synthetic:test", 30) if len(item.lines) > 1)
    lines = read_cached(Reader(), image, tmp_path / "lines")
    assert lines
    (file,) = (tmp_path / "lines").iterdir()
    file.write_text('["from the cache"]')
    assert read_cached(Reader(), image, tmp_path / "lines") == ["from the cache"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_command_writes_figures(model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALTD_HOME", str(tmp_path))
    file = tmp_path / "e.json"
    options = ["--limit", "4", "--batch-size", "2", "--lines", "truth", "--keep-texts"]
    result = CliRunner().invoke(main, ["eval", "--model", str(model_dir), *options, "--json", str(file)])
    assert result.exit_code == 0, result.output
    written = json.loads(file.read_text())
    assert set(written["metrics"]["facts"]) == {"value", "low", "high", "count"}
    assert len(written["texts"]) == 4
    assert "rouge_l" in result.output


def test_a_model_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["eval", "--model", str(tmp_path)])
    assert result.exit_code == 1
    assert "directory with a config.json" in result.output
    assert "Traceback" not in result.output
