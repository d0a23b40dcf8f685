"""`docs/study.md`: tables and plots from the result files, and the discussion as it was written."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from altd_trainer.metrics.bootstrap import Interval
from study.figures import Result, by_pairs, difference, over_seeds, read_results
from study.plan import METHODS, SEARCHED, TERMS
from study.plots import draw_plots

_RIGHT = ("facts", "object", "colour", "count", "relation", "name", "text", "chart")
_SHARES = (*_RIGHT, "invented", "foreign name")
_OTHERS = ("rouge_l", "cider", "words", "image", "context")
_COMPARED = (
    ("facts", 100.0),
    ("name", 100.0),
    ("invented", 100.0),
    ("rouge_l", 1.0),
    ("cider", 1.0),
    ("image", 1.0),
    ("context", 1.0),
)
_ABLATED = (
    "",
    "facts, %",
    "difference, points",
    "invented, %",
    "name, %",
    "rouge_l",
    "image",
    "context",
)
_ABOUT_MAIN = """\
Mean over the seeds with Student's 95 % interval; `sft` is one model, its interval is a bootstrap over
pictures. `facts` is the share of what is to be said that is said rightly; `invented` and `foreign name` are
shares of pictures and should be low; `image` and `context` are nats by which the true text is likelier with
its own picture or post than with another one's."""
_ABOUT_DIFFERENCES = """\
Paired over pictures and seeds, with 95 % bootstrap intervals over both; an interval with zero in it shows no
difference. First MCM-DPO as released, then with a log-sigmoid for each term and the SFT term."""
_ABOUT_ABLATIONS = """\
One run each, with bootstrap intervals over pictures. The difference of facts is to MCM-DPO as released with
the same seed; under noise to the model before preferences, under chosen texts and number of pairs to the same
method with 500 pairs and true texts."""
_ABOUT_SEARCH = """\
Right facts in % on validation pictures, one run each; the best of a row is the method's rate above."""
_DISCUSSION = Path(__file__).with_name("discussion.md")


def write_report(results_folder: Path, document: Path) -> None:
    """Write the document and its plots beside it, in `study/`.

    Raises:
        FileNotFoundError: no result of the main table is there.
    """
    results = read_results(results_folder)
    if "main sft" not in results:
        raise FileNotFoundError(f"{results_folder} has no results: run the study first")
    plots = draw_plots(results, document.parent / "study")
    parts = [
        _DISCUSSION.read_text(encoding="utf-8").strip(),
        _main(results),
        _differences(results),
        _ablations(results),
        _search(results),
        _time(results),
    ]
    pictures = [f"![{alternative}](study/{name})" for name, alternative in plots]
    document.write_text("\n\n".join([*parts[:3], *pictures, *parts[3:]]) + "\n", encoding="utf-8")


def runs_of(results: Mapping[str, Result], method: str) -> list[Result]:
    """The main runs of a method, by seed."""
    groups = ("main", "follow-up")
    found = [each for each in results.values() if each.group in groups and each.method == method]
    return sorted(found, key=lambda each: each.seed)


def _main(results: Mapping[str, Result]) -> str:
    rows = []
    for method in METHODS:
        runs = runs_of(results, method)
        if runs:
            figures = [_percent(over_seeds(runs, metric)) for metric in _SHARES]
            figures += [_plain(over_seeds(runs, metric)) for metric in _OTHERS]
            rows.append([f"{method} ({len(runs)})", *figures])
    header = ["method (seeds)", *(f"{name}, %" for name in _SHARES), *_OTHERS]
    return f"## The main table\n\n{_ABOUT_MAIN}\n\n{_table(header, rows)}"


def _differences(results: Mapping[str, Result]) -> str:
    header = [
        "",
        *("facts, points", "name, points", "invented, points"),
        *(name for name, _ in _COMPARED[3:]),
    ]
    tables = []
    for ours in ("mcm-dpo", "mcm-dpo separate + sft"):
        rows = [_against(results, ours, method) for method in METHODS if method != ours]
        compared = [row for row in rows if row]
        if compared:
            tables.append(_table(header, compared))
    return f"## MCM-DPO against each\n\n{_ABOUT_DIFFERENCES}\n\n" + "\n\n".join(tables)


def _against(results: Mapping[str, Result], ours: str, method: str) -> list[str]:
    runs, theirs = runs_of(results, ours), runs_of(results, method)
    if not runs or not theirs:
        return []
    gaps = [(difference(runs, theirs, metric), scale) for metric, scale in _COMPARED]
    return [f"{ours} - {method}", *(_signed(gap, scale) for gap, scale in gaps)]


def _ablations(results: Mapping[str, Result]) -> str:
    groups = {
        "Without one of the seven terms": [
            results[f"without {term}"] for term in TERMS if f"without {term}" in results
        ],
        "Another rejected image": _group(results, "negatives"),
        "Vision encoder in SFT, in MCM-DPO": _group(results, "paradigms"),
        "Share of noise in SFT": _group(results, "noise"),
        "Chosen texts that are better than the rejected, but not right": _group(results, "chosen"),
        "Number of pairs": by_pairs(results),
    }
    sections = [f"## Ablations\n\n{_ABOUT_ABLATIONS}"]
    for title, runs in groups.items():
        if runs:
            rows = [_ablation(run, _held_against(run, results)) for run in runs]
            sections.append(f"### {title}\n\n{_table(_ABLATED, rows)}")
    return "\n\n".join(sections)


def _group(results: Mapping[str, Result], group: str) -> list[Result]:
    return [result for result in results.values() if result.group == group]


def _held_against(run: Result, results: Mapping[str, Result]) -> Result | None:
    """What a run differs from in one thing."""
    if run.group == "noise":
        return results.get(f"{run.name.removesuffix(run.method)}sft")
    method = run.method if run.group in ("pairs", "chosen", "main") else "mcm-dpo"
    return results.get(f"main {method} {run.seed}")


def _ablation(run: Result, other: Result | None) -> list[str]:
    apart = difference([run], [other], "facts") if other is not None and other is not run else None
    return [
        f"{run.name} ({run.pairs})" if run.group == "main" else run.name,
        _percent(over_seeds([run], "facts")),
        _signed(apart, 100) if apart is not None else "",
        _percent(over_seeds([run], "invented")),
        _percent(over_seeds([run], "name")),
        *(_plain(over_seeds([run], metric)) for metric in ("rouge_l", "image", "context")),
    ]


def _search(results: Mapping[str, Result]) -> str:
    rows = []
    for method in list(METHODS)[1:]:
        found = [results.get(f"search {method} {rate:g}") for rate in SEARCHED]
        shown = [f"{100 * run.mean('facts'):.1f}" if run else "" for run in found]
        rows.append([method, *shown])
    header = ["method", *(f"{rate:g}" for rate in SEARCHED)]
    return f"## The search for a learning rate\n\n{_ABOUT_SEARCH}\n\n{_table(header, rows)}"


def _time(results: Mapping[str, Result]) -> str:
    training = sum(result.seconds["training"] for result in results.values())
    measuring = sum(result.seconds["measuring"] for result in results.values())
    return (
        f"## What it took\n\n{len(results)} runs on one core of an x86-64 processor, without a GPU: "
        f"{training / 60:.0f} minutes of training, the collection of pairs included, and "
        f"{measuring / 60:.0f} of measuring, by the clock of a machine that had other work too."
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _percent(interval: Interval) -> str:
    return f"{100 * interval.value:.1f} [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def _plain(interval: Interval) -> str:
    return f"{interval.value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def _signed(interval: Interval, scale: float) -> str:
    value, low, high = (scale * each for each in (interval.value, interval.low, interval.high))
    return f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"
