"""The plot of `docs/learning.md`: how many texts are as a person wants them, by verdicts given.

    python benchmarks/retrain_plot.py

Draws what is in `results/retrain/` into `docs/learning/people.svg`, a panel for each person, and prints the
same figures as a table, means over seeds with 95 % intervals over people and pictures.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import matplotlib as mpl
from people import TASTES
from retrain_study import RESULTS, Run, results_of

from altd_trainer.metrics.bootstrap import Interval, crossed_interval
from altd_trainer.retrain import METHODS

mpl.use("Agg")
from matplotlib import pyplot as plt  # after the choice of a backend without a window

PLOT = Path(__file__).parents[1] / "docs" / "learning" / "people.svg"
_MARKS = dict(zip(METHODS, ("o-", "s--", "^:", "x-."), strict=True))  # told apart without colour
_COLOURS = {method: f"C{place}" for place, method in enumerate(METHODS)}  # the same in every panel

Figures = Mapping[str, Mapping[str, Mapping[int, Interval]]]
"""Taste → method → verdicts → agreement."""


def collect(folder: Path, habits: str = "usual") -> Figures:
    """The agreement of every taste, method and number of verdicts; no verdicts count for every method.

    What was trained by another recipe is left out.
    """
    shares: dict[tuple[str, str, int], list[list[float]]] = defaultdict(list)
    for result in results_of(folder, habits):
        run = Run(**result["run"])
        shares[run.taste, run.method, run.verdicts].append(result["figures"]["agreement"])
    figures: dict[str, dict[str, dict[int, Interval]]] = {}
    for (taste, method, verdicts), agreed in sorted(shares.items()):
        for each in METHODS if method == "none" else [method]:
            course = figures.setdefault(taste, {}).setdefault(each, {})
            course[verdicts] = crossed_interval(agreed)
    return figures


def draw(figures: Figures, file: Path) -> None:
    """A panel for each taste."""
    figure, axes = plt.subplots(2, 4, figsize=(13, 6), sharex=True, sharey=True, layout="constrained")
    for axis, taste in zip(axes.flat, TASTES, strict=True):
        axis.set_title(taste)
        for method, course in figures.get(taste, {}).items():
            if set(course) != {0}:
                _course(axis, method, course)
    axes[0, 0].set_xticks(_counts(figures))
    for axis in axes[1]:
        axis.set_xlabel("verdicts")
    for axis in axes[:, 0]:
        axis.set_ylabel("texts as wanted")
    axes[0, 0].set_ylim(0, 1)
    named = {
        label: line
        for axis in axes.flat
        for line, label in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=len(METHODS))
    file.parent.mkdir(parents=True, exist_ok=True)
    with plt.rc_context({"svg.hashsalt": "altd"}):  # the same figures give the same bytes
        figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def _course(axis: Any, method: str, course: Mapping[int, Interval]) -> None:
    verdicts = sorted(course)
    found = [course[each] for each in verdicts]
    spread = [
        [each.value - each.low for each in found],
        [each.high - each.value for each in found],
    ]
    axis.errorbar(
        verdicts,
        [each.value for each in found],
        yerr=spread,
        fmt=_MARKS[method],
        color=_COLOURS[method],
        capsize=3,
        label=method,
    )


def table(figures: Figures) -> str:
    """Rows of taste and method, columns of verdicts."""
    counts = _counts(figures)
    lines = [f"| taste | method | {' | '.join(map(str, counts))} |", f"|---|---|{'---|' * len(counts)}"]
    for taste, methods in figures.items():
        for method, course in methods.items():
            if set(course) != {0}:
                cells = [_cell(course.get(count)) for count in counts]
                lines.append(f"| {taste} | {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _counts(figures: Figures) -> list[int]:
    return sorted({count for methods in figures.values() for course in methods.values() for count in course})


def _cell(found: Interval | None) -> str:
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]" if found else "–"


@click.command()
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
@click.option("--plot", type=click.Path(path_type=Path), default=PLOT, show_default=True)
def main(results: Path, plot: Path) -> None:
    """Draw the plot and print the table."""
    figures = collect(results)
    draw(figures, plot)
    click.echo(table(figures))


if __name__ == "__main__":
    main()
