"""What became of each picture, and how often a sure answer was false."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.items import Item
from altd_trainer.evaluation.reliability import Share, share
from altd_trainer.evaluation.truth import faults
from altd_trainer.metrics.captions import rouge_l
from altd_trainer.synthetic import score

Sort = Literal["sure", "guess", "text only", "silent", "failed"]
SORTS: dict[Sort, str] = {
    "sure": "served as a fact",
    "guess": "served as a guess",
    "text only": "withheld: only the text read in the picture is served, as a guess",
    "silent": "withheld: nothing is said",
    "failed": "no answer",
}


@dataclass(frozen=True)
class Outcome:
    """One picture with its answer and what is wrong in it.

    Attributes:
        item, answer: as given.
        faults: what the served text says that is not so.
        facts: right and all facts by sort, on drawn pictures.
        rouge_l: word overlap with the reference, 0 to 1.
    """

    item: Item
    answer: Answer
    faults: tuple[str, ...]
    facts: dict[str, tuple[int, int]]
    rouge_l: float

    @property
    def sort(self) -> Sort:
        """How it is served."""
        if self.answer.state != "done":
            return "failed" if self.answer.state == "failed" else "silent"
        if self.answer.sure:
            return "sure"
        return "guess" if self.answer.from_model else "text only"

    @property
    def false_confident(self) -> bool:
        """Whether something false is served as a fact."""
        return self.answer.sure and bool(self.faults)

    @property
    def badness(self) -> tuple[float, ...]:
        """Sorts outcomes, the worst highest: false and sure, failed, faulty, then least like the truth."""
        return (self.false_confident, self.sort == "failed", len(self.faults), -self.rouge_l)


def outcomes(items: Sequence[Item], answers: Sequence[Answer]) -> list[Outcome]:
    """Each answer, judged."""
    overlaps = rouge_l([answer.text for answer in answers], [item.reference for item in items])
    return [
        Outcome(
            item,
            answer,
            faults(item, answer.text, answer.lines),
            score(item.facts, answer.text) if item.facts else {},
            float(overlap),
        )
        for item, answer, overlap in zip(items, answers, overlaps, strict=True)
    ]


def counts(judged: Sequence[Outcome]) -> dict[Sort, int]:
    """How many are served how."""
    found = Counter(outcome.sort for outcome in judged)
    return {sort: found[sort] for sort in SORTS}


def false_confident(judged: Sequence[Outcome]) -> Share | None:
    """The sure answers that are false, out of all sure ones; None where there is no sure one."""
    sure = [outcome for outcome in judged if outcome.answer.sure]
    return share([outcome.false_confident for outcome in sure]) if sure else None
