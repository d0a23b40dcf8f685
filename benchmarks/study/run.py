"""Runs of the plan, each trained, measured and kept in a file; what has a file is not run again."""

import json
import platform
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from statistics import mean
from typing import Any

from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.progress import Report
from altd_trainer.sft import train_sft
from study.measure import measure_model
from study.plan import METHODS, Run, rates, search, studies
from study.start import better_pairs, pairs, start_model

_SHARED: Mapping[str, Any] = {
    "num_train_epochs": 1,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.1,
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 1,
    "logging_steps": 5,
    "save_strategy": "no",
    "use_cpu": True,
}


def run_all(work: Path, results: Path, report: Report, only: Iterable[str] = ()) -> None:
    """The search of the methods that are wanted, then the studies.

    Args:
        work: folder for models.
        results: folder for a JSON file of each run.
        only: groups to run; none means all.
    """
    results.mkdir(parents=True, exist_ok=True)
    groups = set(only)
    chosen = [run for run in studies() if not groups or run.group in groups]
    for run in search():
        if any(run.method == other.method for other in chosen):
            run_once(run, work, results, report)
    for run in chosen:
        rate = None if run.method == "sft" else best_rate(run.method, results)
        run_once(replace(run, learning_rate=rate), work, results, report)


def run_once(run: Run, work: Path, results: Path, report: Report) -> None:
    """Train and measure one model, unless its file is there."""
    file = results / f"{run.name.replace(' ', '-')}.json"
    if file.is_file():
        return
    report({"event": "run", "name": run.name})
    model, begun = start_model(run.start, work), time.perf_counter()
    adapter, history = None, []
    if run.method != "sft":
        adapter, history = _train(run, model, work, report)
    trained = time.perf_counter()
    measured = measure_model(model, adapter, "validation" if run.group == "search" else "test")
    result = {
        "run": asdict(run),
        "scores": measured.scores,
        "sensitivity": measured.sensitivity,
        "history": history,
        "texts": measured.texts[:40],
        "seconds": {"training": round(trained - begun), "measuring": round(time.perf_counter() - trained)},
        "machine": platform.machine(),
    }
    unfinished = file.with_suffix(".part")
    unfinished.write_text(json.dumps(result, ensure_ascii=False) + "\n", encoding="utf-8")
    unfinished.rename(file)


def best_rate(method: str, results: Path) -> float:
    """The learning rate of the search with the most right facts on validation pictures."""

    def facts(rate: float) -> float:
        name = f"search {method} {rate:g}".replace(" ", "-")
        scores = json.loads((results / f"{name}.json").read_text(encoding="utf-8"))["scores"]
        return mean(value for value in scores["facts"] if value is not None)

    return max(rates(method), key=facts)


def _train(run: Run, model: Path, work: Path, report: Report) -> tuple[Path, list[dict[str, float]]]:
    """The adapter, and the metrics along the way."""
    make = pairs if run.chosen == "true" else better_pairs
    examples = make(run.start, run.pairs, work, report)
    output = work / "runs" / run.name.replace(" ", "-")
    settings = {**_SHARED, "learning_rate": run.learning_rate, "seed": run.seed, "data_seed": run.seed}
    history: list[dict[str, float]] = []

    def keep(event: Mapping[str, Any]) -> None:
        history.append({name: value for name, value in event.items() if isinstance(value, int | float)})

    if run.method == "sft on chosen":
        train_sft(model, None, examples, output, settings, quantization="none", report=keep)
    else:
        settings |= {"negative_seed": run.seed, **METHODS[run.method], **run.settings}
        train_mcm_dpo(model, None, examples, output, settings, quantization="none", report=keep)
    return output / "adapter", history
