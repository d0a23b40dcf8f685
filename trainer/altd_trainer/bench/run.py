"""`altd bench train`: every way on every shape, in one run and side by side."""

import os
import platform
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

from altd_trainer.bench.measure import Plan, measure
from altd_trainer.bench.shapes import SHAPES, prepare
from altd_trainer.bench.ways import WAYS
from altd_trainer.progress import Report

_MALLOC = "MALLOC_MMAP_THRESHOLD_"


def run(shapes: Sequence[str], rounds: int, plan: Plan, report: Report) -> dict[str, Any]:
    """Measure.

    Args:
        shapes: names in `SHAPES`.
        rounds: how often each way is measured; they take turns, so that a busy minute hits all of them.
        plan: what else is fixed; its shape and directory are filled in.
        report: told about each measurement.

    Returns:
        hardware and versions, and for each shape the ways with their figures and the ratios.
    """
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in shapes:
            shaped = replace(plan, shape=name, directory=prepare(name, Path(folder)))
            taken: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
            for turn in range(rounds):
                for way, figures in taken.items():
                    figures.append(apart(way, shaped))
                    about = {"shape": name, "way": way, "round": turn + 1}
                    report({"event": "timed", **about, "seconds": figures[-1]["median_s"]})
            peaks = {way: peak_bytes(way, shaped) for way in WAYS}
            in_mb = {way: peak // 10**6 for way, peak in peaks.items()}
            report({"event": "weighed", "shape": name, **in_mb})
            results[name] = _summary(name, taken, peaks)
    return {"machine": _machine(plan), "shapes": results}


def apart(way: str, plan: Plan) -> dict[str, Any]:
    """Measure in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, way, plan).result()


def peak_bytes(way: str, plan: Plan) -> int:
    """The peak memory of a way, in a run that is not timed.

    glibc keeps what is freed in its heap, which can double a process and differs from run to run. Told to
    map every tensor by itself, it gives memory back at once, at the price of some speed.
    """
    before = os.environ.get(_MALLOC)
    os.environ[_MALLOC] = "262144"
    try:
        return int(apart(way, replace(plan, steps=2))["peak_bytes"])
    finally:
        if before is None:
            del os.environ[_MALLOC]
        else:
            os.environ[_MALLOC] = before


def _summary(
    name: str, taken: Mapping[str, Sequence[Mapping[str, Any]]], peaks: Mapping[str, int]
) -> dict[str, Any]:
    """The figures of one shape; times are medians over the rounds."""
    ways = {
        way: {
            "title": WAYS[way].title,
            "seconds_per_step": round(median(s for each in figures for s in each["seconds"]), 4),
            "fastest_s": min(s for each in figures for s in each["seconds"]),
            "peak_bytes": peaks[way],
            "tokens": figures[0]["tokens"],
            "operations": figures[0]["operations"],
        }
        for way, figures in taken.items()
    }
    return {
        "stands_for": SHAPES[name].stands_for,
        "image_tokens": SHAPES[name].image_tokens,
        **ratios(ways, "tree_cached"),
        "row_microbatching": ratios(ways, "tree_rows"),
        "ways": ways,
    }


def ratios(ways: Mapping[str, Mapping[str, Any]], way: str) -> dict[str, float]:
    """What one of our ways is beside the others: high is good for speed-ups, low for the rest."""
    ours, released, rows, trl = (ways[name] for name in (way, "released", "rows", "trl_dpo"))
    speedup = released["seconds_per_step"] / ours["seconds_per_step"]
    ideal = released["operations"] / ours["operations"]
    return {
        "speedup_vs_released": round(speedup, 3),
        "ideal_speedup": round(ideal, 3),
        "share_of_ideal": round(speedup / ideal, 3),
        "ratio_vs_trl_dpo": round(ours["seconds_per_step"] / trl["seconds_per_step"], 3),
        "memory_ratio_vs_released": round(ours["peak_bytes"] / released["peak_bytes"], 3),
        "speedup_vs_rows": round(rows["seconds_per_step"] / ours["seconds_per_step"], 3),
        "memory_ratio_vs_rows": round(ours["peak_bytes"] / rows["peak_bytes"], 3),
    }


def _machine(plan: Plan) -> dict[str, Any]:
    import torch

    libraries = ("torch", "transformers", "trl", "peft")
    cuda = plan.device != "cpu"
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": torch.cuda.get_device_name() if cuda else platform.machine(),
        "cores": os.cpu_count(),
        "threads": plan.threads or torch.get_num_threads(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in libraries},
        "steps": plan.steps,
        "batch_size": plan.batch_size,
        "quantization": plan.quantization,
    }
