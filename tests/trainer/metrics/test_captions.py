"""ROUGE-L and CIDEr against hand-computed and published values."""

from pathlib import Path

import pytest

from altd_trainer.data import read_examples
from altd_trainer.metrics.captions import cider, rouge_l
from altd_trainer.metrics.words import normalise

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"


def test_normalisation_keeps_words_only() -> None:
    assert normalise("A “red”  apple, it's here.") == "a red apple it's here"


def test_rouge_l_of_a_known_pair() -> None:
    scores = rouge_l(["The cat on the mat."], ["the cat sat on the mat"])
    assert scores == pytest.approx([10 / 11])


def test_identical_texts_reach_the_maximum() -> None:
    texts = ["a red apple on a table", "two blue cups beside a green box", "one dog in the old garden"]
    assert cider(texts, texts) == pytest.approx([10, 10, 10])
    assert rouge_l(texts, texts) == pytest.approx([1, 1, 1])


def test_case_and_full_stop_cost_nothing() -> None:
    references = ["a red apple on a table", "two blue cups beside a green box"]
    assert cider([text.capitalize() + "." for text in references], references) == pytest.approx([10, 10])


def test_unrelated_and_empty_texts_score_nothing() -> None:
    references = ["a red apple on a table", "two blue cups beside a green box"]
    assert cider(["", "nothing alike"], references) == pytest.approx([0, 0])
    assert rouge_l(["", "nothing alike"], references) == pytest.approx([0, 0])


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the released samples are not here")
@pytest.mark.parametrize(("file", "expected"), [("twitter", 1.5920), ("pinterest", 0.8157)])
def test_cider_of_the_released_pairs(file: str, expected: float) -> None:
    """Rejected against chosen texts of ten released pairs, normalised (method.md 6.4)."""
    examples = read_examples(SAMPLES / f"{file}_train.json", SAMPLES / "images")
    scores = cider([e.rejected or "" for e in examples], [e.chosen for e in examples])
    assert scores.mean() == pytest.approx(expected, abs=0.02)
