"""The report: one HTML file that needs nothing else, neither scripts nor the network.

The page is `report.html.jinja`; everything that comes from pictures, posts and models is escaped by it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment

from altd.paths import write_private
from altd_trainer.evaluation.items import Item
from altd_trainer.evaluation.labels import in_words, ordered
from altd_trainer.evaluation.outcomes import SORTS, Outcome, counts
from altd_trainer.evaluation.page import page_environment, picture_uri
from altd_trainer.evaluation.plot import reliability_plot
from altd_trainer.evaluation.results import Evaluation

_POST = {
    "title": "Title",
    "author": "Author",
    "text": "Text",
    "quoted": "Quoted",
    "extra": "More",
    "site": "Site",
}


@dataclass(frozen=True)
class Shown:
    """A picture of the report, with what each evaluation says of it.

    Attributes:
        number: its place, from 1 for the worst.
        uri: the picture, small.
        post: what the post says, by its parts.
        outcomes: by the evaluation's name.
    """

    number: int
    item: Item
    uri: str
    post: dict[str, str]
    outcomes: dict[str, Outcome]

    @property
    def main(self) -> Outcome:
        """That of the evaluation that decides the order."""
        return next(iter(self.outcomes.values()))


def write_report(evaluations: Sequence[Evaluation], data: str, pictures: int, file: Path) -> None:
    """Write the report, readable by its owner alone: the pictures and posts are in it.

    Args:
        evaluations: of the same pictures; the first decides which are the worst.
        data: what the set of pictures is called.
        pictures: how many to show; 0 shows all.
        file: to write.
    """
    write_private(file, render(evaluations, data, pictures).encode())


def render(evaluations: Sequence[Evaluation], data: str, pictures: int) -> str:
    """The page; arguments as of `write_report`."""
    named = _named(evaluations)
    main = evaluations[0]
    page = _environment().get_template("report.html.jinja")
    return page.render(
        data=data,
        main=main,
        evaluations=named,
        figures=[(name, in_words(name)) for name in ordered({n for e in evaluations for n in e.metrics})],
        sorts=SORTS,
        counts={name: counts(evaluation.judged) for name, evaluation in named.items()},
        false_ones={
            name: [outcome for outcome in evaluation.judged if outcome.false_confident]
            for name, evaluation in named.items()
        },
        with_facts=any(item.facts is not None for item in (o.item for o in main.judged)),
        plot=_plot(named),
        shown=_worst_first(named, pictures or len(main.judged)),
    )


def _named(evaluations: Sequence[Evaluation]) -> dict[str, Evaluation]:
    """By name; equal names are told apart by a number."""
    named: dict[str, Evaluation] = {}
    for evaluation in evaluations:
        name, number = evaluation.name, 2
        while name in named:
            name, number = f"{evaluation.name} ({number})", number + 1
        named[name] = evaluation
    return named


def _plot(named: dict[str, Evaluation]) -> str:
    bins = {name: evaluation.bins for name, evaluation in named.items() if evaluation.bins}
    return reliability_plot(bins) if bins else ""


def _worst_first(named: dict[str, Evaluation], pictures: int) -> list[Shown]:
    rows = zip(*(evaluation.judged for evaluation in named.values()), strict=True)
    worst = sorted(rows, key=lambda row: row[0].badness, reverse=True)[:pictures]
    return [
        Shown(
            number,
            row[0].item,
            picture_uri(row[0].item.image),
            _post(row[0].item),
            dict(zip(named, row, strict=True)),
        )
        for number, row in enumerate(worst, 1)
    ]


def _post(item: Item) -> dict[str, str]:
    parts = asdict(item.context)
    return {label: parts[name] for name, label in _POST.items() if parts[name]}


def _environment() -> Environment:
    environment = page_environment(Path(__file__).parent)
    environment.filters["share"] = _share
    environment.filters["figure"] = _figure
    return environment


def _figure(figure: Any) -> str:
    """`0.912 (0.899 to 0.925)`: an interval's dash would be read as a minus."""
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _share(share: Any) -> str:
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})".replace("%", " %")
