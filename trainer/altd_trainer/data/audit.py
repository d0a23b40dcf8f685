"""Whether chosen and rejected texts can be told apart by style alone, which is then what a model learns.

Per feature of style a logistic regression learns on some pairs to tell chosen from rejected, and is measured
on the others (five folds, both texts of a pair in one): the area under its ROC curve is 0.5 where style says
nothing and 1 where it says everything.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from altd_trainer.data.files import read_examples

Features = dict[str, float]

_FOLDS = 5
_LEAST = 2 * _FOLDS
_TELLING = 0.6  # the interval's lower end, from which style counts as telling


@dataclass(frozen=True)
class Telling:
    """How well one feature tells, on pairs that were not learned from: area and 95 % interval."""

    feature: str
    area: float
    low: float
    high: float

    @property
    def tells(self) -> bool:
        """Whether the texts can be told apart by it."""
        return self.low > _TELLING


@dataclass(frozen=True)
class Audit:
    """The features of a file's pairs, all of them together last."""

    pairs: int
    features: list[Telling]

    def sentence(self) -> str:
        """What a person should know."""
        telling = [f"{one.feature} ({one.area:.2f})" for one in self.features if one.tells]
        if telling:
            return (
                f"Style alone tells chosen from rejected in {self.pairs} pairs, by {', '.join(telling)}: "
                "a model can win these preferences without looking at the picture."
            )
        best = max(self.features, key=lambda one: one.area)
        few = " (so few pairs show only strong differences)" if self.pairs < 100 else ""
        return (
            f"Style alone does not tell chosen from rejected in {self.pairs} pairs{few}; "
            f"the nearest to it is {best.feature} ({best.area:.2f})."
        )

    def as_json(self) -> dict[str, Any]:
        """Figures and sentence."""
        return asdict(self) | {"sentence": self.sentence()}

    def lines(self) -> Iterator[str]:
        """Figures as `name: value`, one a line, and the sentence."""
        for one in self.features:
            yield f"{one.feature}: {one.area:.3f} [{one.low:.3f}, {one.high:.3f}]"
        yield self.sentence()


def first_word(text: str) -> Features:
    """The first word, without its case."""
    word = re.match(r"\W*(\w+)", text)
    return {f"first {word[1].lower()}" if word else "first none": 1.0}


def length(text: str) -> Features:
    """Words and characters, in tens."""
    return {"words": len(text.split()) / 10, "characters": len(text) / 100}


def case(text: str) -> Features:
    """Whether it begins with a capital, and the share of words that do."""
    words = [word for word in text.split() if word[:1].isalpha()]
    return {
        "begins with a capital": float(text[:1].isupper()),
        "share of capitals": sum(word[0].isupper() for word in words) / max(1, len(words)),
    }


def full_stop(text: str) -> Features:
    """Whether it ends with a full stop."""
    return {"ends with a full stop": float(text.rstrip().endswith("."))}


def all_together(text: str) -> Features:
    """All of the above."""
    return first_word(text) | length(text) | case(text) | full_stop(text)


FEATURES: dict[str, Callable[[str], Features]] = {
    "first word": first_word,
    "length": length,
    "case": case,
    "final full stop": full_stop,
    "all together": all_together,
}


def audit_file(path: Path, images: Path | None = None) -> Audit:
    """Audit the pairs of a file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming file and row, where a row cannot be read, or too few pairs are in it.
    """
    pairs = [(one.chosen, one.rejected) for one in read_examples(path, images) if one.rejected is not None]
    if len(pairs) < _LEAST:
        raise ValueError(
            f"{path.name}: {len(pairs)} pairs are too few to learn their style, at least {_LEAST} are needed"
        )
    return audit(pairs)


def audit(pairs: Sequence[tuple[str, str]]) -> Audit:
    """Audit pairs of chosen and rejected text."""
    return Audit(len(pairs), [_telling(name, of, pairs) for name, of in FEATURES.items()])


def _telling(name: str, of: Callable[[str], Features], pairs: Sequence[tuple[str, str]]) -> Telling:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline

    texts = [text for pair in pairs for text in pair]
    labels = [1, 0] * len(pairs)
    model = make_pipeline(DictVectorizer(), LogisticRegression(max_iter=1000))
    scores = cross_val_predict(
        model,
        [of(text) for text in texts],
        labels,
        groups=[number // 2 for number in range(len(texts))],
        cv=GroupKFold(_FOLDS),
        method="predict_proba",
    )[:, 1]
    area = float(roc_auc_score(labels, scores))
    half = 1.96 * _error(area, len(pairs))
    return Telling(name, area, max(0.0, area - half), min(1.0, area + half))


def _error(area: float, each: int) -> float:
    """Standard error of the area for `each` texts on both sides (Hanley and McNeil 1982, equation 1)."""
    both_higher, both_lower = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (each - 1) * (both_higher + both_lower - 2 * area**2)
    return sqrt(max(0.0, spread)) / each
