"""The results file: what was asked of whom, every figure with its interval, and every picture's row."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from altd.paths import write_private
from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.identity import versions
from altd_trainer.evaluation.items import Item
from altd_trainer.evaluation.keeping import question_key
from altd_trainer.evaluation.measures import measure
from altd_trainer.evaluation.outcomes import Outcome, counts, false_confident, outcomes
from altd_trainer.evaluation.reliability import Bin, Share, reliability
from altd_trainer.metrics.bootstrap import Interval

FORMAT = 1


@dataclass(frozen=True)
class Evaluation:
    """One answerer on one set of pictures.

    Attributes:
        name: the answerer's, for people.
        request: what was asked, by the names of the command line.
        about: format, date, versions, the answerer's digest.
        metrics: figures by name.
        judged: each picture with its answer.
        bins: reliability; empty where the answerer tells no probabilities or no facts are known.
    """

    name: str
    request: dict[str, Any]
    about: dict[str, Any]
    metrics: dict[str, Interval]
    judged: list[Outcome]
    bins: list[Bin]

    @property
    def false_confident(self) -> Share | None:
        """Sure answers that are false, out of all sure ones."""
        return false_confident(self.judged)

    def as_json(self, *, rows: bool = True) -> dict[str, Any]:
        """The content of the results file, or the figures alone."""
        wrong = self.false_confident
        figures = {
            "name": self.name,
            **self.about,
            "request": self.request,
            "pictures": len(self.judged),
            "metrics": {name: asdict(figure) for name, figure in self.metrics.items()},
            "served": counts(self.judged),
            "false_confident": asdict(wrong) if wrong else None,
            "false_confident_count": sum(outcome.false_confident for outcome in self.judged),
            "reliability": [asdict(each) for each in self.bins],
        }
        return figures | ({"rows": [_row(outcome) for outcome in self.judged]} if rows else {})


def evaluated(
    name: str,
    digest: str,
    request: dict[str, Any],
    items: Sequence[Item],
    answers: Sequence[Answer],
    *,
    released: bool = False,
) -> Evaluation:
    """Judge and measure answers."""
    about = {
        "format": FORMAT,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "answerer": digest,
    }
    metrics = measure(items, [answer.text for answer in answers], released=released)
    return Evaluation(name, request, about, metrics, outcomes(items, answers), reliability(items, answers))


def write_results(evaluation: Evaluation, file: Path) -> None:
    """Write the results file, readable by its owner alone: it has people's posts and texts in it."""
    text = json.dumps(evaluation.as_json(), indent=1, ensure_ascii=False) + "\n"
    write_private(file, text.encode())


def read_results(file: Path, items: Sequence[Item]) -> Evaluation:
    """An earlier evaluation on the same pictures, judged and measured as today.

    Raises:
        ValueError: it is no results file, or one of other pictures.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        rows = {row["key"]: row["answer"] for row in content["rows"]}
        name, digest, request = content["name"], content["answerer"], content["request"]
    except (ValueError, LookupError, TypeError):
        raise ValueError(f"{file} is no results file of `altd eval --out`") from None
    try:
        answers = [Answer.from_json(rows[question_key(item)]) for item in items]
    except LookupError:
        raise ValueError(f"{file} is about other pictures than these") from None
    return evaluated(name, digest, request, items, answers)


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.item.id,
        "key": question_key(outcome.item),
        "reference": outcome.item.reference,
        "answer": asdict(outcome.answer) | {"lines": list(outcome.answer.lines)},
        "served": outcome.sort,
        "faults": list(outcome.faults),
        "false_confident": outcome.false_confident,
        "facts": {sort: list(pair) for sort, pair in outcome.facts.items()},
        "rouge_l": round(outcome.rouge_l, 4),
    }
