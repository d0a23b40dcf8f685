"""Driving one model's daemon over HTTP, and the figures of what it answers."""

import asyncio
import io
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from altd.models.loading import Quantization
from altd_trainer.bench.serving.bandwidth import bytes_per_token, memory_bandwidth
from altd_trainer.bench.serving.daemon import Daemon, Heard, connect, running
from altd_trainer.progress import Report
from altd_trainer.synthetic import generate, split_seed

WIDTHS = (1, 4, 16, 64)
_MODEL_STEPS = ("decode", "read", "encode", "generate")
_FIRST = 300_000  # of the test split: pictures that nothing else uses
_WARM_UP = 4
_SAME = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Attributes:
        model: a name or directory that the daemon takes as its model.
        directory: where that model's weights are.
        pictures: how many are described at each width.
    """

    model: str
    directory: Path
    quantization: Quantization
    pictures: int


@dataclass(frozen=True, slots=True)
class Post:
    """A drawn picture as a PNG file, and the request that goes with it."""

    picture: bytes
    request: dict[str, Any]


def draw(count: int, start: int = _FIRST) -> list[Post]:
    """Drawn pictures with their posts, of all kinds."""
    posts = []
    for number in range(start, start + count):
        sample = generate(split_seed("test"), number)
        file = io.BytesIO()
        sample.image.save(file, "PNG")
        posts.append(Post(file.getvalue(), {"context": {"text": sample.post.text}, "priority": "visible"}))
    return posts


def measure(plan: Plan, report: Report) -> dict[str, Any]:
    """Start a daemon for every width, so that none finds what another left, and measure.

    Returns:
        the figures that `docs/cli.md` names, in milliseconds, bytes, and tokens and images a second.
    """
    rates: dict[int, float] = {}
    figures: dict[str, Any] = {}
    posts, warm = draw(plan.pictures), draw(_WARM_UP, _FIRST + plan.pictures)
    for width in WIDTHS:
        with (
            tempfile.TemporaryDirectory() as home,
            running(Path(home) / "home", plan.model, plan.quantization) as process,
        ):
            rates[width], more = asyncio.run(_one_width(Path(home) / "home", process, posts, warm, width))
        report({"event": "served", "waiting": width, "images_per_s": rates[width]})
        figures |= more
    seconds_per_token = figures["per_token_ms_p50"] / 1000
    ceiling = memory_bandwidth() / bytes_per_token(plan.directory, plan.quantization)
    return {
        **figures,
        "images_per_s": {str(width): round(rate, 3) for width, rate in rates.items()},
        "throughput_ratio_64": round(rates[WIDTHS[-1]] / rates[1], 3),
        "tokens_per_s": round(1 / seconds_per_token, 2),
        "bandwidth_ceiling_tokens_per_s": round(ceiling, 2),
        "share_of_bandwidth_ceiling": round(1 / seconds_per_token / ceiling, 3),
    }


async def _one_width(
    home: Path, process: Any, posts: Sequence[Post], warm: Sequence[Post], width: int
) -> tuple[float, dict[str, Any]]:
    async with connect(home, process) as daemon:
        await daemon.ready()
        await describe_all(daemon, warm, 1)
        seconds, heard = await describe_all(daemon, posts, width)
        more: dict[str, Any] = {}
        if width == 1:
            _, again = await describe_all(daemon, posts, 1)
            more = {**latencies(heard), "cached_ms_p50": _at(50, [each.milliseconds for each in again])}
            more["runs_of_20_at_once"] = await _same_at_once(daemon)
        if width == WIDTHS[-1]:
            more["peak_memory_bytes"] = daemon.peak_memory()
        return len(posts) / seconds, more


async def describe_all(daemon: Daemon, posts: Sequence[Post], width: int) -> tuple[float, list[Heard]]:
    """Describe all of them, always `width` at once; the seconds it took, and what came back."""
    turns = asyncio.Semaphore(width)

    async def one(post: Post) -> Heard:
        async with turns:
            return await daemon.describe(post.picture, post.request)

    start = time.perf_counter()
    heard = await asyncio.gather(*map(one, posts))
    return time.perf_counter() - start, heard


def latencies(heard: Sequence[Heard]) -> dict[str, float]:
    """Of answers one after another: time to first token and to text, per token, and what is not the model's.

    The model's time is what its process measures: decoding, reading and encoding the picture, and generating.
    Answers without a generated token count in the time to text and in the overhead only.
    """
    overheads = [each.milliseconds - _model_ms(each) for each in heard]
    first = [(each.first_token - each.submitted) * 1000 for each in heard if each.first_token]
    per_token = [
        each.body["timings_ms"]["per_token"] for each in heard if "per_token" in each.body["timings_ms"]
    ]
    texts = [each.milliseconds for each in heard]
    return {
        "first_token_ms_p50": _at(50, first),
        "first_token_ms_p95": _at(95, first),
        "text_ms_p50": _at(50, texts),
        "text_ms_p95": _at(95, texts),
        "overhead_ms_p50": _at(50, overheads),
        "overhead_ms_p95": _at(95, overheads),
        "per_token_ms_p50": round(median(per_token), 3),
    }


def _model_ms(heard: Heard) -> float:
    timings = heard.body["timings_ms"]
    return float(sum(timings.get(step, 0.0) for step in _MODEL_STEPS))


async def _same_at_once(daemon: Daemon) -> int:
    """Ask 20 times at once for the same new picture: how often the model ran for it."""
    [post] = draw(1, _FIRST - 1)
    _, heard = await describe_all(daemon, [post] * _SAME, _SAME)
    return len({_model_ms(each) for each in heard if not each.body["cached"]})


def _at(percent: int, values: Sequence[float]) -> float:
    return round(float(np.percentile(values, percent)), 2)
