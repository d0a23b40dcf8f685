"""The study's plots; each comes with the sentence that says what it shows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

from study.figures import Result, difference, over_seeds
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


def draw_plots(results: Mapping[str, Result], folder: Path) -> list[tuple[str, str]]:
    """Write what the results allow.

    Returns:
        file name and alternative text of each plot.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [_methods(results, folder), _terms(results, folder), _margins(results, folder)]
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


def _margins(results: Mapping[str, Result], folder: Path) -> tuple[str, str] | None:
    runs = [("inside", "main mcm-dpo 0"), ("separate", "main mcm-dpo separate 0")]
    if any(name not in results for _, name in runs):
        return None
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.5), sharey=True, layout="constrained")
    for axis, (title, name) in zip(axes, runs, strict=True):
        for term, line in zip(TERMS, ("-", "--", ":", "-.", "-", "--", ":"), strict=True):
            logged = [entry for entry in results[name].history if f"margins/{term}" in entry]
            points = [(entry["step"], entry[f"margins/{term}"]) for entry in logged]
            axis.plot(*zip(*points, strict=True), line, label=term.replace("_", " + "))
        axis.set_title(f"{title} log-sigmoid{'s' if title == 'separate' else ''}")
        axis.set_xlabel("step")
    axes[0].set_ylabel("margin, nats times beta")
    axes[1].legend(fontsize="small")
    alternative = "Margins of the seven terms over the steps, with one log-sigmoid and with separate ones."
    return _save(figure, folder, "margins.svg", alternative)


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
