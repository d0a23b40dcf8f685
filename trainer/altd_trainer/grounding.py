"""What a model says of drawn pictures, held against what is in them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from altd.describe.clean import ALT_LIMIT, clean
from altd.describe.confidence import Thresholds, says_nothing
from altd_trainer.generation import Question, Sureness, answer
from altd_trainer.synthetic import Sample, claims, generate, score, split_seed

_BATCH = 16


@dataclass(frozen=True)
class Grounding:
    """How a model's texts fit the pictures.

    Attributes:
        facts: share of right facts in the text for each picture that has any, (n,). What is left out counts
            as what is wrong.
        told: what the text does not tell wrongly, as a share of the facts of such a picture, (n,): 1 where
            all that it claims is so, however little that is. As a share of the claims themselves the same
            error would weigh more for whoever wants less told.
        invented: objects that the texts name and the pictures do not show.
        named: objects that the texts name at all.
        foreign_names: pictures whose text gives a name from the post that does not belong there.
        malformed: texts that were empty, overlong or went round in circles.
        pictures: how many there were.
        words: in a text, on average.
    """

    facts: NDArray[np.float64]
    told: NDArray[np.float64]
    invented: int
    named: int
    foreign_names: int
    malformed: int
    pictures: int
    words: float

    @property
    def invented_share(self) -> float:
        """Of all objects that are named; 0 when none is."""
        return self.invented / max(self.named, 1)

    @property
    def foreign_share(self) -> float:
        """Of all pictures."""
        return self.foreign_names / max(self.pictures, 1)

    def summary(self) -> dict[str, float | int]:
        """The figures as they stand in results and manifests."""
        return {
            "base_pictures": self.pictures,
            "base_facts": round(float(self.facts.mean()), 4),
            "base_told": round(float(self.told.mean()), 4),
            "base_invented": round(self.invented_share, 4),
            "base_foreign_names": self.foreign_names,
            "malformed": self.malformed,
            "base_words": round(self.words, 2),
        }


def ground(model: Any, processor: Any, start: int, count: int) -> Grounding:
    """Let a model describe drawn pictures of the validation split, greedily.

    Args:
        start: number of the first picture.
        count: how many, at least one.

    Raises:
        ValueError: for no picture, of which every share would be no number.
    """
    return ground_texts(describe(model, processor, start, count), start)


def describe(
    model: Any, processor: Any, start: int, count: int, sureness: Sureness | None = None
) -> list[str]:
    """A model's greedy texts of drawn pictures of the validation split; `sureness` is told about each."""
    texts = list[str]()
    for first in range(start, start + count, _BATCH):
        some = samples(first, min(_BATCH, start + count - first))
        questions = [Question(sample.image, sample.post, sample.lines) for sample in some]
        texts += answer(model, processor, questions, _BATCH, sureness)
    return texts


def ground_texts(texts: Sequence[str], start: int) -> Grounding:
    """The same of texts that a model wrote of these pictures before, one for each from `start` on.

    Raises:
        ValueError: for no text.
    """
    if not texts:
        raise ValueError("at least one base picture is needed to judge by")
    return hold_against(samples(start, len(texts)), texts)


def samples(start: int, count: int) -> Iterator[Sample]:
    """The pictures from number `start` on, drawn anew each time: a thousand would take half a gigabyte."""
    return (generate(split_seed("validation"), start + index) for index in range(count))


def hold_against(samples: Iterable[Sample], texts: Sequence[str]) -> Grounding:
    """Compare each text with what is true of its picture."""
    facts, told, invented, named, foreign = [], [], 0, 0, 0
    for sample, text in zip(samples, texts, strict=True):
        sorts = score(sample.facts, text)
        wrong, all_named = sorts.pop("invented", (0, 0))
        kept_out, names = sorts.pop("foreign_name", (0, 0))
        invented, named, foreign = invented + wrong, named + all_named, foreign + names - kept_out
        if sorts:
            there = sum(total for _, total in sorts.values())
            facts.append(sum(right for right, _ in sorts.values()) / there)
            right, made = claims(sample.facts, text)
            told.append(max(0.0, 1 - (made - right) / there))
    return Grounding(
        facts=np.array(facts),
        told=np.array(told),
        invented=invented,
        named=named,
        foreign_names=foreign,
        malformed=sum(_is_malformed(text) for text in texts),
        pictures=len(texts),
        words=sum(len(text.split()) for text in texts) / max(len(texts), 1),
    )


def _is_malformed(text: str) -> bool:
    return len(text) > ALT_LIMIT or says_nothing(clean(text), Thresholds())
