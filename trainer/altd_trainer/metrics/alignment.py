"""BLEU, METEOR and the edit distance between two lists of words, by NLTK as in the released script."""

import warnings
from collections.abc import Sequence

from nltk.metrics.distance import edit_distance as levenshtein
from nltk.translate.bleu_score import sentence_bleu
from nltk.translate.meteor_score import single_meteor_score

from altd_trainer.metrics.resources import wordnet_available

_BLEU_WEIGHTS = {
    "bleu_1": (1.0,),
    "bleu_2": (1 / 2,) * 2,
    "bleu_3": (1 / 3,) * 3,
    "bleu_4": (1 / 4,) * 4,
    "bleu_4_individual": (0.0, 0.0, 0.0, 1.0),
}


def bleu(text: Sequence[str], reference: Sequence[str]) -> dict[str, float]:
    """Sentence BLEU, 0-1, without smoothing.

    `bleu_1` to `bleu_4` are cumulative: the geometric mean of the n-gram precisions up to that order, times
    the brevity penalty. `bleu_4_individual` is the precision of 4-grams alone times the penalty, which the
    released script calls `bleu_4`. Both are 0 for a text that shares no 4-gram with its reference.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "\nThe hypothesis contains 0 counts", UserWarning)
        scores = sentence_bleu([reference], text, weights=list(_BLEU_WEIGHTS.values()))
    return dict(zip(_BLEU_WEIGHTS, map(float, scores), strict=True))


def meteor(text: Sequence[str], reference: Sequence[str]) -> dict[str, float]:
    """METEOR, 0-1 (Lavie and Agarwal 2007: alpha 0.9, beta 3, gamma 0.5), of lower-cased words.

    `meteor_exact_stem` matches equal words and equal stems. `meteor`, which matches synonyms too, needs
    WordNet and is given only where NLTK finds it.
    """
    scores = {"meteor_exact_stem": float(single_meteor_score(reference, text, wordnet=_NoSynonyms()))}
    if wordnet_available():
        scores["meteor"] = float(single_meteor_score(reference, text))
    return scores


def edit_distance(text: Sequence[str], reference: Sequence[str]) -> float:
    """How many words to put in, take out or replace (Levenshtein)."""
    return float(levenshtein(list(text), list(reference)))


class _NoSynonyms:
    """A thesaurus without entries: METEOR stops after stems."""

    def synsets(self, word: str) -> list[object]:
        return []
