"""`altd bench serve`: the bundled model, a directory or a random model of real shape, and the machine."""

import os
import platform
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from altd.models.catalogue import BUNDLED, find_model
from altd.models.loading import Quantization, best_device
from altd_trainer.bench.serving.measure import Plan, measure
from altd_trainer.bench.serving.shapes import SHAPES, build
from altd_trainer.progress import Report


def run(model: str, quantization: Quantization, pictures: int, report: Report) -> dict[str, Any]:
    """Measure one model.

    Args:
        model: `bundled`, a name in `SHAPES`, which is built, or a directory.
        pictures: how many are described at each number of waiting ones.
    """
    with tempfile.TemporaryDirectory() as folder:
        if model in SHAPES:
            directory = build(SHAPES[model], Path(folder) / model)
            report({"event": "built", "model": model})
        else:
            directory = find_model(BUNDLED).directory if model == BUNDLED else Path(model)
        served = BUNDLED if model == BUNDLED else str(directory)
        figures = measure(Plan(served, directory, quantization, pictures), report)
    return {"model": model, "quantization": quantization, "pictures": pictures, **_machine(), **figures}


def _machine() -> dict[str, Any]:
    device = best_device()
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": torch.cuda.get_device_name() if device == "cuda" else platform.machine(),
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("altd", "torch", "transformers", "bitsandbytes")},
    }
