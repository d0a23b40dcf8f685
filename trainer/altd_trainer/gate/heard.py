"""Of how many drawn pictures the daemon would read out what a model says.

What is told of a picture is withheld where the model was not sure of it (`altd.describe.confidence`). A model
that learned a sign which it can hardly write is unsure of every text with it: the texts are as wanted, and
nobody hears them.
"""

from dataclasses import dataclass
from typing import Any, Self

from altd.describe.clean import clean
from altd.describe.confidence import Candidate, Thresholds, judge
from altd_trainer.generation import Question, Sureness, answer
from altd_trainer.grounding import samples

_BATCH = 16


@dataclass(frozen=True)
class Heard:
    """Of how many drawn pictures that is.

    Attributes:
        texts: of so many.
        of: so many were asked about.
    """

    texts: int
    of: int

    @property
    def share(self) -> float:
        """Of all; 0 where there is none."""
        return self.texts / max(self.of, 1)

    @classmethod
    def of_pictures(cls, model: Any, processor: Any, thresholds: Thresholds, start: int, count: int) -> Self:
        """Ask about the `count` pictures of the validation split from number `start` on."""
        questions = [Question(each.image, each.post, each.lines) for each in samples(start, count)]
        sureness = Sureness()
        texts = list(answer(model, processor, questions, _BATCH, sureness))
        said = zip(texts, sureness.mean_logps, strict=True)
        return cls(sum(is_heard(text, mean_logp, thresholds) for text, mean_logp in said), count)


def is_heard(text: str, mean_logp: float, thresholds: Thresholds) -> bool:
    """Whether the daemon reads out what a model says, which it does not where the model is not sure."""
    return judge(Candidate(clean(text), mean_logp), (), thresholds).from_model
