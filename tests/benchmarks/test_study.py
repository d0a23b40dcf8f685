"""The study's plan, its figures against hand-computed ones, and its document."""

import json
from dataclasses import asdict
from pathlib import Path
from statistics import fmean, stdev

import pytest
from study.figures import Result, difference, over_seeds, read_results
from study.plan import METHODS, SEARCHED, TERMS, Run, search, studies
from study.report import write_report
from study.run import best_rate, run_once

from altd_trainer.progress import reporter


def result(name: str, facts: list[float | None], method: str = "dpo", seed: int = 0) -> Result:
    return Result(name, "main", method, seed, 1e-4, 500, {"facts": facts}, {}, [], [], {})


def write(folder: Path, run: Run, facts: float) -> None:
    """A result file of two pictures."""
    sorts = ("facts", "object", "colour", "count", "relation", "name", "text", "chart", "invented")
    scores = {name: [facts, 1.0] for name in (*sorts, "foreign name", "rouge_l", "cider", "words")}
    content = {
        "run": asdict(run),
        "scores": scores,
        "sensitivity": {"image": [1.0, 2.0], "context": [0.5, 0.0]},
        "history": [{"step": 5, "loss": 0.7, "rewards/margins": 0.0}, {"step": 10}],
        "texts": ["A cat."],
        "seconds": {"training": 60, "measuring": 30},
    }
    file = folder / f"{run.name.replace(' ', '-')}.json"
    file.write_text(json.dumps(content), encoding="utf-8")


def test_every_run_has_a_name_of_its_own_and_every_method_the_same_search() -> None:
    runs = [*search(), *studies()]
    assert len({run.name for run in runs}) == len(runs)
    searched = [(run.method, run.learning_rate) for run in search()]
    published = list(METHODS)[1:-3]
    assert searched[: len(published) * len(SEARCHED)] == [(m, rate) for m in published for rate in SEARCHED]
    assert {run.settings["loss_weights"].popitem()[0] for run in runs if run.group == "terms"} == set(TERMS)


def test_several_seeds_have_students_interval() -> None:
    runs = [result("a", [0.5, None]), result("b", [0.6, 0.8]), result("c", [0.9, 0.9])]
    means = [0.5, 0.7, 0.9]
    half = 4.303 * stdev(means) / 3**0.5
    found = over_seeds(runs, "facts")
    assert (found.value, found.low, found.high) == pytest.approx(
        (fmean(means), fmean(means) - half, fmean(means) + half)
    )


def test_a_difference_is_paired_and_leaves_out_what_does_not_apply() -> None:
    ours = [result("a", [1.0, None, 0.5]), result("b", [1.0, 0.0, 0.5], seed=1)]
    theirs = [result("c", [0.5, 0.5, 0.5])]
    # pictures 0 and 2 alone have both: gaps .5 and 0 for either seed
    found = difference(ours, theirs, "facts")
    assert found.value == pytest.approx(0.25)
    assert found.count == 2
    assert 0 <= found.low < 0.25 < found.high <= 0.5


def test_the_best_rate_is_the_one_with_the_most_right_facts(tmp_path: Path) -> None:
    for run, facts in zip(search()[: len(SEARCHED)], (0.1, 0.2, 0.9, 0.3), strict=True):
        write(tmp_path, run, facts)
    assert best_rate(search()[0].method, tmp_path) == SEARCHED[2]


def test_what_has_a_result_is_not_run_again(tmp_path: Path) -> None:
    run = search()[0]
    write(tmp_path, run, 0.5)
    before = (tmp_path / f"{run.name.replace(' ', '-')}.json").read_bytes()
    run_once(run, tmp_path / "models", tmp_path, reporter(False))
    assert not (tmp_path / "models").exists()
    assert (tmp_path / f"{run.name.replace(' ', '-')}.json").read_bytes() == before


def test_the_document_has_a_row_for_each_result_and_a_text_for_each_plot(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.mkdir()
    for number, run in enumerate([*search(), *studies()]):
        write(results, run, 0.5 + number / 200)
    document = tmp_path / "study.md"
    write_report(results, document)
    text = document.read_text(encoding="utf-8")
    for name in (
        *METHODS,
        *(f"without {term}" for term in TERMS),
        "negative crop",
        "paradigm trained trained",
        "pairs 10000 mcm-dpo",
    ):
        assert f"| {name}" in text
    assert text.count("![") == len(list((tmp_path / "study").iterdir())) == 4
    assert "![](" not in text
    assert len(read_results(results)) == len([*search(), *studies()])
