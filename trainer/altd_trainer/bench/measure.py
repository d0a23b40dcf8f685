"""One way measured in a process of its own, so that its peak memory is its own."""

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import torch
from transformers import PrinterCallback, ProgressCallback, TrainerCallback

from altd.models.loading import Quantization, load_model, load_processor
from altd_trainer.bench.examples import draw_examples
from altd_trainer.bench.ideal import Costs, measure_work
from altd_trainer.bench.shapes import SHAPES
from altd_trainer.bench.ways import WAYS, make_trainer
from altd_trainer.progress import quiet_libraries

WARM_UP = 1


@dataclass(frozen=True)
class Plan:
    """What is measured; `directory` holds the shape's model."""

    shape: str
    directory: Path
    steps: int = 5
    batch_size: int = 1
    threads: int = 0
    quantization: Quantization = "none"
    device: str = "cpu"


def measure(way: str, plan: Plan) -> dict[str, Any]:
    """Train a few steps.

    Returns:
        `seconds` of each step after the first, from one step's end to the next (so collating counts),
        `peak_bytes` that the process grew by, model included, and `operations` that a step needs at least.
    """
    quiet_libraries()
    if plan.threads:
        torch.set_num_threads(plan.threads)
    shape, processor = SHAPES[plan.shape], load_processor(plan.directory)
    examples = draw_examples(shape, processor.tokenizer, (plan.steps + WARM_UP) * plan.batch_size)
    before = psutil.Process().memory_info().rss
    model = load_model(plan.directory, plan.quantization, device=plan.device)
    with tempfile.TemporaryDirectory() as folder:
        clock = _Clock()
        trainer = make_trainer(way, model, processor, examples, _arguments(plan, folder), clock)
        for printer in (PrinterCallback, ProgressCallback):
            trainer.remove_callback(printer)
        if hasattr(trainer, "prepare_reference"):
            trainer.prepare_reference()
        _reset_peak(plan.device)
        trainer.train()
        peak = _peak(plan.device) - (before if plan.device == "cpu" else 0)
    pixels = processor.image_processor(examples[0].image, return_tensors="pt")["pixel_values"]
    costs = Costs.of(trainer.model, pixels.to(trainer.model.device, trainer.model.dtype))
    work = measure_work(processor, examples[0])
    return {
        "seconds": [round(value, 4) for value in clock.seconds[WARM_UP:]],
        "median_s": round(statistics.median(clock.seconds[WARM_UP:]), 4),
        "peak_bytes": peak,
        "tokens": work[WAYS[way].layout].tokens * plan.batch_size,
        "operations": WAYS[way].operations(work, costs) * plan.batch_size,
    }


def _arguments(plan: Plan, folder: str) -> dict[str, Any]:
    return {
        "output_dir": folder,
        "per_device_train_batch_size": plan.batch_size,
        "max_steps": plan.steps + WARM_UP,
        "learning_rate": 1e-5,
        "save_strategy": "no",
        "logging_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "use_cpu": plan.device == "cpu",
    }


class _Clock(TrainerCallback):  # type: ignore[misc]  # transformers has no types
    """Seconds of each step, from the end of the one before."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._last = 0.0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """The first step begins."""
        self._last = time.perf_counter()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """A step is over."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        now = time.perf_counter()
        self.seconds.append(now - self._last)
        self._last = now


def _reset_peak(device: str) -> None:
    """Forget what loading took; only Linux lets a process do so for its own memory."""
    refs = Path("/proc/self/clear_refs")
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()
    elif refs.exists():
        refs.write_text("5")


def _peak(device: str) -> int:
    """Bytes at the highest point: of the GPU, or of the process (Linux: since `_reset_peak`)."""
    if device != "cpu":
        return int(torch.cuda.max_memory_allocated())
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return int(psutil.Process().memory_info().rss)
