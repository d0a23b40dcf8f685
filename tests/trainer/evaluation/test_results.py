"""The results file: all of an evaluation, from which it can be made again."""

import json
from pathlib import Path

import pytest

from altd_trainer.evaluation import open_items
from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.results import evaluated, read_results, write_results


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    items = open_items("synthetic:test", 6)
    answers = [Answer(item.reference, "done", "high", item.reference, 0.9, item.lines) for item in items]
    evaluation = evaluated("model", "digest", {"data": "synthetic:test"}, items, answers)
    file = tmp_path / "results.json"
    write_results(evaluation, file)
    assert file.stat().st_mode & 0o777 == 0o600
    again = read_results(file, items[:5])
    assert [o.answer for o in again.judged] == answers[:5]
    assert (again.name, again.request) == ("model", evaluation.request)
    assert read_results(file, items).metrics == evaluation.metrics


def test_what_stands_in_it(tmp_path: Path) -> None:
    items = open_items("synthetic:test", 2)
    answers = [Answer("A zebra.", "done", "high", "A zebra.", 0.9), Answer("", "no_description", "low")]
    content = evaluated("model", "digest", {}, items, answers).as_json()
    assert json.loads(json.dumps(content)) == content
    assert content["served"] == {"sure": 1, "guess": 0, "text only": 0, "silent": 1, "failed": 0}
    assert set(content["metrics"]["facts"]) == {"value", "low", "high", "count"}
    assert set(content["versions"]) >= {"altd", "torch", "transformers"}
    assert [row["id"] for row in content["rows"]] == [item.id for item in items]
    assert content["rows"][1]["served"] == "silent"
    assert "rows" not in evaluated("model", "digest", {}, items, answers).as_json(rows=False)


def test_files_that_are_no_results_of_these_pictures(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    items = open_items("synthetic:test", 2)
    write_results(evaluated("model", "digest", {}, items, [Answer("A."), Answer("B.")]), file)
    with pytest.raises(ValueError, match="other pictures"):
        read_results(file, open_items("synthetic:validation", 2))
    file.write_text('{"rows": []}')
    with pytest.raises(ValueError, match="no results file"):
        read_results(file, items)
