"""How close texts are to their references, in the figures that alt text and captions are compared by.

The released script counts case and punctuation: there a final full stop or a capital letter is worth more
in CIDEr than a right fact. Normalised figures are those to judge by, released ones those to compare with
the paper's. Each is given per text, so that intervals can be made of it.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from pycocoevalcap.cider.cider_scorer import CiderScorer
from rouge import Rouge
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import Tokenizer

from altd_trainer.metrics.alignment import bleu, edit_distance, meteor
from altd_trainer.metrics.words import Mode, prepare, split


def score(
    texts: Sequence[str], references: Sequence[str], mode: Mode = "normalised"
) -> dict[str, NDArray[np.float64]]:
    """Every figure of each text, (N,) by name.

    `rouge_l`, `bleu_1` to `bleu_4`, `bleu_4_individual` (the released script's `bleu_4`), `meteor_exact_stem`
    and `meteor` (only with WordNet) are 0-1, `cider` is 0-10 and `edit_distance` counts words. The released
    script reports means times 100.

    Args:
        texts: what a model says.
        references: what is true, one for each text.
        mode: `released` gives the released script's figures to its digits.

    Raises:
        ValueError: not one reference for each text.
    """
    figures = {"rouge_l": rouge_l(texts, references, mode), "cider": cider(texts, references, mode)}
    rows = [_aligned(text, reference, mode) for text, reference in _pairs(texts, references, mode)]
    names = rows[0] if rows else ()
    return figures | {name: np.array([row[name] for row in rows]) for name in names}


def rouge_l(
    texts: Sequence[str], references: Sequence[str], mode: Mode = "normalised"
) -> NDArray[np.float64]:
    """F of the longest common subsequence of words, 0-1, for each text.

    Normalised by rouge-score, without stemming. The released script's is that of the package rouge from 1.0
    on: sentences end at every full stop, and of each only the set of words in common is counted.
    """
    measure = _released_rouge if mode == "released" else _rouge
    return np.array([measure(text, reference) for text, reference in _pairs(texts, references, mode)])


def cider(texts: Sequence[str], references: Sequence[str], mode: Mode = "normalised") -> NDArray[np.float64]:
    """CIDEr-D, 0-10, for each text, of words between white space.

    Inverse document frequencies are those of the references given, so figures compare only between texts
    for the same references; two are the least that give any. An order of n-grams that a text is too short
    for counts as 0. Lengths are compared in bigrams, here and in the released script.
    """
    scorer = CiderScorer(n=4, sigma=6.0)
    pairs = list(_pairs(texts, references, mode))
    if not any(reference.split() for _, reference in pairs):
        return np.zeros(len(pairs))
    for text, reference in pairs:
        scorer += (text, [reference])
    _, scores = scorer.compute_score()
    return np.asarray(scores, dtype=np.float64)


def _pairs(texts: Sequence[str], references: Sequence[str], mode: Mode) -> Iterator[tuple[str, str]]:
    for text, reference in zip(texts, references, strict=True):
        yield prepare(text, mode), prepare(reference, mode)


def _aligned(text: str, reference: str, mode: Mode) -> dict[str, float]:
    words, expected = split(text, mode), split(reference, mode)
    distance = {"edit_distance": edit_distance(words, expected)}
    return bleu(words, expected) | meteor(words, expected) | distance


class _Words(Tokenizer):  # type: ignore[misc]
    """Words as `normalise` leaves them: rouge-score's own tokenizer knows the letters a to z only."""

    def tokenize(self, text: str) -> list[str]:
        return text.split()


_ROUGE = RougeScorer(["rougeL"], tokenizer=_Words())
_RELEASED_ROUGE = Rouge(metrics=["rouge-l"])


def _rouge(text: str, reference: str) -> float:
    return float(_ROUGE.score(reference, text)["rougeL"].fmeasure)


def _released_rouge(text: str, reference: str) -> float:
    """0 for texts without a sentence, which the package refuses and the released script counts so."""
    with _recursion(len(text) + len(reference)):
        try:
            return float(_RELEASED_ROUGE.get_scores(text, reference)[0]["rouge-l"]["f"])
        except ValueError:
            return 0.0


@contextmanager
def _recursion(depth: int) -> Iterator[None]:
    """The package rouge calls itself once for every word of both texts."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + depth)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
