"""The study's plots; each comes with the sentence that says what it shows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

from study.figures import Result, by_pairs, difference, over_seeds
from study.plan import METHODS, TERMS

mpl.use("Agg")
from matplotlib import pyplot as plt  # after the choice of a backend without a window

_PANELS = (
    ("facts", "right facts"),
    ("name", "names from the post"),
    ("invented", "pictures with an invented object"),
    ("rouge_l", "ROUGE-L"),
    ("image", "image sensitivity, nats"),
    ("context", "context sensitivity, nats"),
)
_COURSES = ("dpo", "mdpo", "mcm-dpo", "mcm-dpo separate", "mcm-dpo separate + sft")
_COURSE_RATE = 3e-4


def draw_plots(results: Mapping[str, Result], folder: Path) -> list[tuple[str, str]]:
    """Write what the results allow.

    Returns:
        file name and alternative text of each plot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawers = (_methods, _terms, _courses, _pairs)
    drawn = [draw(results, folder) for draw in drawers]
    return [plot for plot in drawn if plot is not None]


def _methods(results: Mapping[str, Result], folder: Path) -> tuple[str, str]:
    main = [result for result in results.values() if result.group in ("main", "follow-up")]
    by_method = {method: [run for run in main if run.method == method] for method in METHODS}
    figure, axes = plt.subplots(2, 3, figsize=(12, 6), sharey=True, layout="constrained")
    for axis, (metric, title) in zip(axes.flat, _PANELS, strict=True):
        _dots(axis, [(method, over_seeds(runs, metric)) for method, runs in by_method.items() if runs])
        axis.set_title(title)
    alternative = "Six figures of each method with intervals, as in the main table."
    return _save(figure, folder, "methods.svg", alternative)


def _terms(results: Mapping[str, Result], folder: Path) -> tuple[str, str] | None:
    full = [r for r in results.values() if r.name == "main mcm-dpo 0"]
    found = [(term, results[f"without {term}"]) for term in TERMS if f"without {term}" in results]
    if not full or not found:
        return None
    figure, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    _dots(axis, [(f"without {term}", difference([run], full, "facts")) for term, run in found])
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_xlabel("share of right facts, difference to all seven terms")
    alternative = "What leaving out each of the seven terms changes, with intervals, as in its table."
    return _save(figure, folder, "terms.svg", alternative)


def _courses(results: Mapping[str, Result], folder: Path) -> tuple[str, str] | None:
    """Loss and response margin on the training pairs, all at one learning rate."""
    runs = [(method, results.get(f"search {method} {_COURSE_RATE:g}")) for method in _COURSES]
    found = [(method, run) for method, run in runs if run is not None]
    if not found:
        return None
    figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for (method, run), style in zip(found, ("-", "--", ":", "-.", (0, (1, 4))), strict=False):
        logged = [entry for entry in run.history if {"loss", "rewards/margins"} <= entry.keys()]
        steps = [entry["step"] for entry in logged]
        axes[0].plot(steps, [entry["loss"] / logged[0]["loss"] for entry in logged], linestyle=style)
        axes[1].plot(steps, [entry["rewards/margins"] for entry in logged], linestyle=style, label=method)
    axes[0].set_title("loss, as a share of the first")
    axes[1].set_title("margin of the response, nats times beta")
    axes[1].legend(fontsize="small")
    for axis in axes:
        axis.set_xlabel("step")
    alternative = (
        f"Loss and response margin over the steps at a learning rate of {_COURSE_RATE:g}: where one "
        "log-sigmoid holds all seven terms, the loss is gone before the response margin has grown."
    )
    return _save(figure, folder, "courses.svg", alternative)


def _pairs(results: Mapping[str, Result], folder: Path) -> tuple[str, str] | None:
    runs = by_pairs(results)
    if not runs:
        return None
    figure, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
    for method, style in zip(sorted({run.method for run in runs}), ("--", "-"), strict=False):
        same = [run for run in runs if run.method == method]
        intervals = [over_seeds([run], "facts") for run in same]
        off = [[i.value - i.low for i in intervals], [i.high - i.value for i in intervals]]
        counts = [run.pairs for run in same]
        axis.errorbar(
            counts, [i.value for i in intervals], yerr=off, linestyle=style, marker="o", label=method
        )
    axis.set_xscale("log")
    axis.set_xlabel("preference pairs, each seen once")
    axis.set_ylabel("share of right facts")
    axis.legend(fontsize="small")
    alternative = "Right facts by the number of preference pairs, as in the last table of the ablations."
    return _save(figure, folder, "pairs.svg", alternative)


def _dots(axis: Any, rows: Sequence[tuple[str, Any]]) -> None:
    """A line for each row: a dot, and its interval."""
    for height, (_, interval) in enumerate(rows):
        axis.plot([interval.low, interval.high], [height, height], color="black", linewidth=1.5)
        axis.plot(interval.value, height, "o", color="black")
    axis.set_yticks(range(len(rows)), [name for name, _ in rows])
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.grid(axis="x", alpha=0.3)


def _save(figure: Any, folder: Path, name: str, alternative: str) -> tuple[str, str]:
    figure.savefig(folder / name, metadata={"Date": None})
    plt.close(figure)
    return name, alternative
