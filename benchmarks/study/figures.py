"""Results as figures with intervals: over pictures, over seeds, and paired between two models."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from altd_trainer.metrics.bootstrap import RESAMPLES, Interval, mean_interval

_T_TWO_SIDED_95 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # Student's t by number of values


@dataclass(frozen=True)
class Result:
    """One run as its file tells it."""

    name: str
    group: str
    method: str
    seed: int
    learning_rate: float | None
    pairs: int
    scores: dict[str, list[float | None]]
    sensitivity: dict[str, list[float]]
    history: list[dict[str, float]]
    texts: list[str]
    seconds: dict[str, float]

    def column(self, metric: str) -> NDArray[np.float64]:
        """(N,) the metric of each picture, NaN where it does not apply."""
        if metric in ("image", "context"):
            return np.array(self.sensitivity[metric])
        return np.array([np.nan if value is None else value for value in self.scores[metric]])

    def mean(self, metric: str) -> float:
        """Over the pictures to which it applies."""
        return float(np.nanmean(self.column(metric)))


def read_results(folder: Path) -> dict[str, Result]:
    """All results by name."""
    results = {}
    for file in sorted(folder.glob("*.json")):
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        run = content["run"]
        names = ("name", "group", "method", "seed", "learning_rate", "pairs")
        rest = ("scores", "sensitivity", "history", "texts", "seconds")
        result = Result(**{n: run[n] for n in names}, **{n: content[n] for n in rest})
        results[result.name] = result
    return results


def by_pairs(results: Mapping[str, Result]) -> list[Result]:
    """The runs with another number of pairs and the main ones beside them, by method and number."""
    counted = [result for result in results.values() if result.group == "pairs"]
    methods = {result.method for result in counted}
    main = [r for r in results.values() if r.group == "main" and r.seed == 0 and r.method in methods]
    return sorted([*counted, *main], key=lambda each: (each.method, each.pairs))


def over_seeds(runs: Sequence[Result], metric: str) -> Interval:
    """Mean of several seeds with Student's 95 % interval; of one run, its bootstrap over pictures."""
    values = [run.mean(metric) for run in runs]
    if len(values) == 1:
        column = runs[0].column(metric)
        return mean_interval(column[~np.isnan(column)])
    half = _T_TWO_SIDED_95[len(values)] * stdev(values) / len(values) ** 0.5
    middle = fmean(values)
    return Interval(middle, middle - half, middle + half, len(values))


def difference(ours: Sequence[Result], theirs: Sequence[Result], metric: str, seed: int = 0) -> Interval:
    """Mean of ours - theirs over seeds and pictures, resampling both: seeds by pairs, pictures by themselves.

    Seeds are paired where both have as many; a single run on one side is held against each on the other.
    """
    count = max(len(ours), len(theirs))
    gaps = np.stack(
        [ours[at % len(ours)].column(metric) - theirs[at % len(theirs)].column(metric) for at in range(count)]
    )
    gaps = gaps[:, ~np.isnan(gaps).any(axis=0)]  # (seeds, pictures)
    rng = np.random.default_rng(seed)
    means = [
        gaps[np.ix_(rng.integers(0, count, count), rng.integers(0, gaps.shape[1], gaps.shape[1]))].mean()
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(gaps.mean()), float(low), float(high), gaps.shape[1])
