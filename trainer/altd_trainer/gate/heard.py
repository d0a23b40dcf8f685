"""Of how many pictures the daemon would read out what a model says.

It withholds what it takes for a guess (`altd.describe.confidence`). A model that learned a sign which it can
hardly write guesses at every text with it: the texts are as wanted, and nobody hears them. Whether the daemon
knows a picture at all, and what it reads in it, is the same for every adapter and does not count here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from altd.describe.clean import clean
from altd.describe.confidence import Candidate, Thresholds, judge
from altd_trainer.generation import Question, Sureness, answer

_BATCH = 16


@dataclass(frozen=True)
class Heard:
    """Texts that would be read out, of all that were written."""

    texts: int
    of: int

    @property
    def share(self) -> float:
        """Of all; 0 where there is none."""
        return self.texts / max(self.of, 1)

    @classmethod
    def among(cls, texts: Sequence[str], mean_logps: Sequence[float], thresholds: Thresholds) -> Self:
        """Those among an adapter's texts, each with its mean log-probability."""
        said = zip(texts, mean_logps, strict=True)
        return cls(sum(is_heard(text, mean_logp, thresholds) for text, mean_logp in said), len(texts))

    @classmethod
    def when_asked(
        cls, model: Any, processor: Any, questions: Sequence[Question], thresholds: Thresholds
    ) -> Self:
        """Those that answer these questions."""
        sureness = Sureness()
        texts = list(answer(model, processor, questions, _BATCH, sureness))
        return cls.among(texts, sureness.mean_logps, thresholds)


def is_heard(text: str, mean_logp: float, thresholds: Thresholds) -> bool:
    """Whether the daemon reads out what a model says: it is something, and no guess."""
    return judge(Candidate(clean(text), mean_logp), (), thresholds).from_model
