"""Caption metrics against plain re-computation, hand-computed cases and the released script's figures."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from altd_trainer.data import read_examples
from altd_trainer.metrics.captions import cider, rouge_l, score
from altd_trainer.metrics.resources import punkt_available
from altd_trainer.metrics.words import Mode
from trainer.metrics import plain

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
PAIRS = json.loads(Path(__file__).with_name("pairs.json").read_text(encoding="utf-8"))
TEXTS, REFERENCES = (list(column) for column in zip(*PAIRS, strict=True))
STEMS = {"couches": "couch", "lamps": "lamp"}  # the words of the pairs that only their stems match


def plain_words(text: str, mode: Mode) -> list[str]:
    if mode == "normalised":
        return plain.unpunctuated(text)
    return plain.treebank(text.removeprefix("Assistant:").strip(), sentences=punkt_available())


def plain_score(mode: Mode) -> dict[str, list[float]]:
    pairs = [(plain_words(t, mode), plain_words(r, mode)) for t, r in zip(TEXTS, REFERENCES, strict=True)]
    raw = [(t.removeprefix("Assistant:").strip(), r) for t, r in zip(TEXTS, REFERENCES, strict=True)]
    spaced = pairs if mode == "normalised" else [(t.split(), r.split()) for t, r in raw]
    rouge = {
        "normalised": [plain.f_measure(len(plain.lcs(t, r)), len(t), len(r)) for t, r in pairs],
        "released": [plain.rouge_l_of_sets(t, r) for t, r in raw],
    }
    bleus = {f"bleu_{n}": [plain.bleu(t, r, range(1, n + 1)) for t, r in pairs] for n in range(1, 5)}
    return bleus | {
        "bleu_4_individual": [plain.bleu(t, r, [4]) for t, r in pairs],
        "rouge_l": rouge[mode],
        "cider": plain.cider(*zip(*spaced, strict=True)),
        "meteor_exact_stem": [plain.meteor(t, r, STEMS) for t, r in pairs],
        "edit_distance": [plain.edit_distance(t, r) for t, r in pairs],
    }


@pytest.mark.parametrize("mode", ["released", "normalised"])
def test_invented_pairs_score_as_the_definitions_say(mode: Mode) -> None:
    figures, expected = score(TEXTS, REFERENCES, mode), plain_score(mode)
    figures.pop("meteor", None)  # only with WordNet
    assert figures.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(figures[name], values, rtol=0, atol=1e-9, err_msg=name)


def test_the_modes_differ_in_every_figure() -> None:
    released, normalised = (score(TEXTS, REFERENCES, mode) for mode in ("released", "normalised"))
    assert all(np.abs(released[name] - normalised[name]).max() > 0.01 for name in released)


@pytest.mark.parametrize(
    ("text", "reference", "expected"),
    [
        # 4 of 5 words, 2 of 4 pairs, 1 of 3 triples, no four; as long as the reference
        ("a red hat and hats", "a red hat or hats", {"bleu_1": 4 / 5, "bleu_2": (2 / 5) ** 0.5}),
        ("a red hat and hats", "a red hat or hats", {"bleu_3": (2 / 15) ** (1 / 3), "bleu_4": 0}),
        # one of two fours right, both others whole: cumulative and individual are different figures
        (
            "a b c d e",
            "a b c d f",
            {"bleu_4": (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25, "bleu_4_individual": 0.5},
        ),
        # half as long: every precision is one, the penalty is exp(1 - 2)
        ("a b c d", "a b c d e f g h", {"bleu_1": np.exp(-1), "bleu_4_individual": np.exp(-1)}),
        # the word is in the reference twice, so only twice of four count
        ("the the the the", "the cat the mat", {"bleu_1": 0.5}),
        # equal, but too short for fours
        ("one red hat", "one red hat", {"bleu_3": 1, "bleu_4": 0, "bleu_4_individual": 0}),
        # one chunk of three words: 1 - 0.5 * (1/3)^3
        ("one red hat", "one red hat", {"meteor_exact_stem": 0.98148148}),
        # three chunks of three words, by stem in the middle
        ("hat reds one", "one red hat", {"meteor_exact_stem": 0.5}),
        # precision 1, recall 1/2: 10 P R / (R + 9 P) = 5 / 9.5, one chunk of two words
        ("red hat", "red hat on ice", {"meteor_exact_stem": 5 / 9.5 * (1 - 0.5 / 8)}),
        ("one red hat", "a hat", {"edit_distance": 2}),
        ("", "a hat", {"edit_distance": 2, "bleu_1": 0, "meteor_exact_stem": 0, "rouge_l": 0}),
    ],
)
@pytest.mark.parametrize("mode", ["released", "normalised"])
def test_by_hand(mode: Mode, text: str, reference: str, expected: dict[str, float]) -> None:
    figures = score([text], [reference], mode)
    assert {name: figures[name][0] for name in expected} == pytest.approx(expected, abs=1e-8)


def test_released_rouge_counts_words_once_and_new_ones_only() -> None:
    scores = rouge_l(
        [
            "red red red hat",  # {red, hat} of {a, red, hat}
            "a hat. a hat.",  # the second sentence adds nothing
            "hat red a.",  # one of three in order, and the full stop is no word
            "hat, a red",  # `hat,` is not `hat`
        ],
        ["a red hat"] * 4,
        "released",
    )
    assert scores == pytest.approx([4 / 5, 4 / 5, 1 / 3, 2 / 3], abs=1e-7)


def test_released_rouge_reads_texts_of_any_length() -> None:
    endless = " ".join(["hat", *(f"word{number}" for number in range(1999))])
    assert rouge_l([endless], ["a hat"], "released") == pytest.approx([2 / 2002], abs=1e-7)


def test_short_texts_cannot_reach_the_maximum_of_cider() -> None:
    texts = ["Soup", "Lentil soup", "Warm lentil soup", "A man on a bench"]
    assert cider(texts, texts, "released") == pytest.approx([2.5, 5, 7.5, 10])


def test_cider_sees_nothing_rare_in_a_single_reference() -> None:
    assert cider(["a red hat on ice"], ["a red hat on ice"]) == pytest.approx([0])


def test_case_and_full_stop_cost_only_in_released_cider() -> None:
    references = ["a red apple on a table", "two blue cups beside a green box"]
    texts = [text.capitalize() + "." for text in references]
    assert cider(texts, references) == pytest.approx([10, 10])
    assert cider(texts, references, "released").max() < 9


def test_letters_beyond_a_to_z_are_letters() -> None:
    assert rouge_l(["Žofie v kavárně"], ["Zofie v kavarne"]) == pytest.approx([1 / 3])


@pytest.mark.parametrize("measure", [rouge_l, cider, score])
def test_each_text_needs_a_reference(measure: Callable[..., object]) -> None:
    with pytest.raises(ValueError, match="zip"):
        measure(["a hat", "a cap"], ["a hat"])


released_pairs = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the released samples are not here")


def figures_of(file: str, mode: Mode) -> dict[str, NDArray[np.float64]]:
    """Rejected against chosen texts of ten released pairs."""
    examples = read_examples(SAMPLES / f"{file}_train.json", SAMPLES / "images")
    return score([e.rejected or "" for e in examples], [e.chosen for e in examples], mode)


@released_pairs
@pytest.mark.parametrize(
    ("file", "rouge", "cide"), [("twitter", 39.233, 114.181), ("pinterest", 23.828, 75.722)]
)
def test_released_figures(file: str, rouge: float, cide: float) -> None:
    figures = figures_of(file, "released")
    assert round(figures["rouge_l"].mean(), 5) * 100 == pytest.approx(rouge)
    assert round(figures["cider"].mean(), 5) * 100 == pytest.approx(cide)


@released_pairs
@pytest.mark.skipif(punkt_available(), reason="the known figures take each text for one sentence")
@pytest.mark.parametrize(
    ("file", "expected"),
    [("twitter", (6.891, 33.653, 11.324, 38.495, 14.0)), ("pinterest", (4.000, 21.563, 4.704, 26.465, 13.6))],
)
def test_released_figures_of_word_lists(file: str, expected: tuple[float, ...]) -> None:
    figures = figures_of(file, "released")
    names = ("bleu_4_individual", "bleu_1", "bleu_4", "meteor_exact_stem")
    means = [100 * figures[name].mean() for name in names]
    assert [*means, figures["edit_distance"].mean()] == pytest.approx(expected, abs=6e-4)


@released_pairs
def test_released_figures_of_each_text() -> None:
    figures = figures_of("twitter", "released")
    rouge = [0.363636, 0.352941, 0.608696, 0.153846, 0.64, 0.37037, 0.375, 0.526316, 0.318182, 0.214286]
    ciders = [
        1.03922,
        0.106349,
        2.96707,
        0.117977,
        2.081902,
        0.796461,
        2.027707,
        1.622331,
        0.454631,
        0.204457,
    ]
    assert figures["rouge_l"] == pytest.approx(rouge, abs=6e-7)
    assert figures["cider"] == pytest.approx(ciders, abs=6e-7)


@released_pairs
@pytest.mark.parametrize(
    ("file", "rouge", "cide"), [("twitter", 42.872, 159.20), ("pinterest", 25.004, 81.57)]
)
def test_normalised_figures(file: str, rouge: float, cide: float) -> None:
    figures = figures_of(file, "normalised")
    assert 100 * figures["rouge_l"].mean() == pytest.approx(rouge, abs=6e-4)
    assert 100 * figures["cider"].mean() == pytest.approx(cide, abs=6e-3)
