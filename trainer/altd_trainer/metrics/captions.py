"""ROUGE-L and CIDEr per text, on normalised words.

Both are lower-cased and without punctuation: on raw text a final full stop or a capital letter is worth
more in CIDEr than a right fact.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pycocoevalcap.cider.cider_scorer import CiderScorer
from rouge_score.rouge_scorer import RougeScorer

_WORD = re.compile(r"\w+(?:['’]\w+)*")


def normalise(text: str) -> str:
    """Lower-case words with single spaces between them."""
    return " ".join(_WORD.findall(text.lower()))


def rouge_l(texts: Sequence[str], references: Sequence[str]) -> NDArray[np.float64]:
    """F of the longest common subsequence of words, 0-1, for each text (rouge-score, no stemming)."""
    scorer = RougeScorer(["rougeL"], use_stemmer=False)
    pairs = zip(references, texts, strict=True)
    return np.array([scorer.score(normalise(r), normalise(t))["rougeL"].fmeasure for r, t in pairs])


def cider(texts: Sequence[str], references: Sequence[str]) -> NDArray[np.float64]:
    """CIDEr-D, 0-10, for each text.

    Inverse document frequencies are those of the references given, so figures compare only between texts
    for the same references; two are the least that give any.
    """
    scorer = CiderScorer(n=4, sigma=6.0)
    for text, reference in zip(texts, references, strict=True):
        scorer += (normalise(text), [normalise(reference)])
    _, scores = scorer.compute_score()
    return np.asarray(scores, dtype=np.float64)
