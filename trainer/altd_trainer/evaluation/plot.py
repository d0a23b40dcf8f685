"""The reliability plot, as a picture in the page itself."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from altd_trainer.evaluation.page import figure_uri
from altd_trainer.evaluation.reliability import Bin

_MARKERS = "osD^vP*X"


def reliability_plot(bins: Mapping[str, Sequence[Bin]]) -> str:
    """Share of right answers (with 95 % intervals) against the model's own probability, as a data URI (SVG).

    Models differ in marker and dashes as well as in colour.
    """
    with mpl.rc_context({"svg.hashsalt": "altd", "font.size": 12}):
        figure = Figure(figsize=(7, 5), layout="constrained")
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        for index, (name, own) in enumerate(bins.items()):
            right = [each.right for each in own]
            axes.errorbar(
                [each.mean for each in own],
                [share.value for share in right],
                # at 0 and 1 the interval lies on one side of the share
                yerr=[
                    [max(0.0, share.value - share.low) for share in right],
                    [max(0.0, share.high - share.value) for share in right],
                ],
                marker=_MARKERS[index % len(_MARKERS)],
                linestyle=("-", "--", ":", "-.")[index % 4],
                capsize=4,
                label=name,
            )
        lowest = min(each.mean for own in bins.values() for each in own)
        axes.plot([lowest, 1], [lowest, 1], color="0.45", linewidth=1, label="right as often as believed")
        axes.set_xlabel("the model's own probability")
        axes.set_ylabel("share of right answers")
        axes.set_ylim(0, 1.03)
        axes.legend(loc="lower right")
        return figure_uri(figure)
