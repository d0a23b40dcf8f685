"""MCM-DPO beside the other methods, person by person, from the same verdicts and the same drafts.

    python benchmarks/retrain_compare.py

Of what is in `results/retrain/` every person counts for whom both methods were run with as many verdicts.
Agreement is that of what serves then: where the gate refused, the old generation. Facts and told are compared
where both were promoted, facts only for people who do not want less told. Each figure is the mean over people
of MCM-DPO less the other, in points, with a 95 % interval from resampling people; one person gives none.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from retrain_study import RESULTS, Run, results_of

from altd_trainer.metrics.bootstrap import mean_interval
from altd_trainer.retrain import METHODS

Result = dict[str, Any]

OURS = "mcm-dpo"
_LESS = ("short", "no colours")  # people who want less told
_HEAD = ("against", "verdicts", "people", "promoted", "agreement", "right facts", "told rightly")


def beside(found: list[Result], method: str, verdicts: int) -> list[tuple[Result, Result]]:
    """MCM-DPO's result and the other's, of each person who has both."""
    by_person: dict[tuple[str, int], dict[str, Result]] = {}
    for result in found:
        run = Run(**result["run"])
        if run.verdicts == verdicts:
            by_person.setdefault((run.taste, run.seed), {})[run.method] = result
    return [(runs[OURS], runs[method]) for runs in by_person.values() if OURS in runs and method in runs]


def compare(folder: Path) -> str:
    """The table."""
    found = list(results_of(folder))
    rows = [f"| {' | '.join(_HEAD)} |", "|---" * len(_HEAD) + "|"]
    for method in METHODS:
        for verdicts in sorted({result["run"]["verdicts"] for result in found}):
            pairs = beside(found, method, verdicts) if method != OURS else []
            if pairs:
                rows.append(f"| {' | '.join([method, str(verdicts), *_cells(pairs)])} |")
    return "\n".join(rows)


def _cells(pairs: list[tuple[Result, Result]]) -> list[str]:
    promoted = [sum(bool(pair[side]["generation"]) for pair in pairs) for side in (0, 1)]
    both = [pair for pair in pairs if pair[0]["generation"] and pair[1]["generation"]]
    whole = [pair for pair in both if pair[0]["run"]["taste"] not in _LESS]
    return [
        str(len(pairs)),
        f"{promoted[0]} and {promoted[1]}",
        _points([_agreement(ours) - _agreement(other) for ours, other in pairs]),
        _points([_kept(ours, "facts") - _kept(other, "facts") for ours, other in whole]),
        _points([_kept(ours, "told") - _kept(other, "told") for ours, other in both]),
    ]


def _agreement(result: Result) -> float:
    agreed: list[float] = result["figures"]["agreement"]
    return sum(agreed) / len(agreed)


def _kept(result: Result, name: str) -> float:
    change: Mapping[str, float] = result["figures"][name]
    return change["change"]


def _points(differences: list[float]) -> str:
    if not differences:
        return "–"
    mean = mean_interval([100 * each for each in differences])
    spread = f" [{mean.low:+.1f}, {mean.high:+.1f}]" if len(differences) > 1 else ""
    return f"{mean.value:+.1f}{spread}"


@click.command()
@click.option("--results", "folder", type=click.Path(path_type=Path), default=RESULTS, show_default=True)
def main(folder: Path) -> None:
    """Print the table."""
    click.echo(compare(folder))


if __name__ == "__main__":
    main()
