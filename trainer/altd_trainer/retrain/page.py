"""The report of a retraining as one HTML file that needs nothing else."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from altd.paths import write_private
from altd_trainer.data.images import load_image
from altd_trainer.evaluation.page import figure_uri, page_environment, picture_uri
from altd_trainer.gate import Gate
from altd_trainer.retrain.shown import Lesson


def write_page(file: Path, generation: str | None, gate: Gate, learned: Sequence[Lesson]) -> None:
    """Write the report, readable by its owner alone: the person's pictures and texts are in it."""
    write_private(file.absolute(), render(generation, gate, learned).encode())


def render(generation: str | None, gate: Gate, learned: Sequence[Lesson]) -> str:
    """The page.

    Args:
        generation: the new one, None when it was refused.
        gate: the judgement and what it rests on.
        learned: what is shown with its picture.
    """
    before, after = gate.before.summary(), gate.after.summary()
    template = page_environment(Path(__file__).parent).get_template("report.html.jinja")
    return template.render(
        generation=generation,
        judgement=gate.judgement,
        figures=[(_words(name), before[name], after[name]) for name in before],
        margins=list(zip(gate.before.margins.tolist(), gate.after.margins.tolist(), strict=True)),
        plot=margin_plot(gate),
        shown=[(lesson, picture_uri(load_image(lesson.example))) for lesson in learned],
    )


def margin_plot(gate: Gate) -> str:
    """A line for every held-out pair from its margin before to that after, as a data URI (SVG)."""
    with mpl.rc_context({"svg.hashsalt": "altd", "font.size": 12}):
        figure = Figure(figsize=(6, 4.5), layout="constrained")
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        for before, after in zip(gate.before.margins, gate.after.margins, strict=True):
            axes.plot([0, 1], [before, after], "o-" if after > before else "s--", color="0.25")
        axes.axhline(0, color="0.6", linewidth=1)
        axes.set_xticks([0, 1], ["before", "after"])
        axes.set_xlim(-0.2, 1.2)
        axes.set_ylabel("better text likelier by (nats per token)")
        return figure_uri(figure)


def _words(name: str) -> str:
    return name.replace("_", " ")
