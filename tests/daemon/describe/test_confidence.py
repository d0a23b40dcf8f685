"""Which text is served and how sure of it the user may be: one test per rule."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from altd.describe.confidence import Candidate, Thresholds, Verdict, judge

SURE = Thresholds().min_mean_logp + 0.1
UNSURE = Thresholds().min_mean_logp - 0.1


def served(candidate: Candidate | None, lines: tuple[str, ...] = ()) -> Verdict:
    return judge(candidate, lines, Thresholds())


def test_a_probable_text_is_served_with_high_confidence() -> None:
    assert served(Candidate("A red boat.", SURE)) == Verdict("done", "A red boat.", "high", from_model=True)


def test_an_improbable_text_is_low() -> None:
    assert served(Candidate("A red boat.", UNSURE)).confidence == "low"


def test_a_repeated_candidate_is_low() -> None:
    assert served(Candidate("A red boat.", SURE, repeated=True)).confidence == "low"


@pytest.mark.parametrize("candidate", [None, Candidate("", SURE)])
def test_without_a_text_the_read_lines_are_served(candidate: Candidate | None) -> None:
    verdict = served(candidate, ("SALE", "50 % off"))
    assert verdict == Verdict("done", "Text in image: SALE, 50 % off", "low", from_model=False)


def test_a_model_that_says_it_does_not_know_or_is_caught_in_a_loop_has_said_nothing() -> None:
    thresholds = Thresholds(unknown_text="Not known.")
    for text in (
        "Not known.",
        "not known",
        "Szene: Not known.",
        "Poster “Jazzititititititititit",
        "A red cat. A red cat. A red cat. A red cat. A red",
    ):
        assert judge(Candidate(text, SURE), ("SALE",), thresholds).text == "Text in image: SALE"
    assert judge(Candidate("A banana in Mississippi.", SURE), (), thresholds).from_model
    assert judge(Candidate("A banana.", SURE), (), Thresholds()).from_model


def test_a_guess_is_not_served() -> None:
    thresholds = Thresholds(min_mean_logp_said=-0.43)
    assert judge(Candidate("A red boat.", -0.5), ("SALE",), thresholds).text == "Text in image: SALE"
    assert judge(Candidate("A red boat.", -0.4), ("SALE",), thresholds).text == "A red boat."


@pytest.mark.parametrize("lines", [(), ("—",)])
def test_without_text_and_lines_nothing_is_said(lines: tuple[str, ...]) -> None:
    assert served(None, lines) == Verdict("no_description", "", "low", from_model=False)


def test_an_invented_quotation_is_low() -> None:
    text = 'A poster that says "Summer".'
    assert served(Candidate(text, SURE), ("Winter",)).confidence == "low"
    assert served(Candidate(text, SURE), ("SUMMER!",)).confidence == "high"


def test_a_model_brings_its_own_thresholds(tmp_path: Path) -> None:
    assert Thresholds.load(tmp_path) == Thresholds()
    (tmp_path / "calibration.json").write_text(json.dumps({"min_mean_logp": -0.2, "note": "measured"}))
    assert Thresholds.load(tmp_path) == Thresholds(min_mean_logp=-0.2)
