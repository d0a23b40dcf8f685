"""`altd bench serve`: what it makes of times, and that what it drives is a real daemon."""

from pathlib import Path
from typing import Any

import pytest

from altd.models.loading import load_model
from altd_trainer.bench.serving.bandwidth import bytes_per_token
from altd_trainer.bench.serving.daemon import Heard, connect, running
from altd_trainer.bench.serving.measure import describe_all, draw, latencies


def heard(start: float, end: float, first: float | None = None, **timings: float) -> Heard:
    return Heard(start, first, end, {"timings_ms": timings})


def test_the_overhead_is_what_the_model_did_not_take() -> None:
    steps: dict[str, Any] = {"decode": 2.0, "read": 100.0, "encode": 8.0, "generate": 90.0}
    figures = latencies(
        [
            heard(1.0, 1.21, first=1.15, **steps, first_token=30.0, per_token=5.0, queue=3.0, total=205.0),
            heard(2.0, 2.22, first=2.16, **steps, first_token=30.0, per_token=7.0, queue=3.0, total=215.0),
            heard(3.0, 3.112, decode=2.0, read=100.0, queue=1.0, total=104.0),
        ]
    )
    assert figures["overhead_ms_p50"] == 10.0
    assert figures["text_ms_p50"] == 210.0
    assert figures["first_token_ms_p50"] == 155.0
    assert figures["per_token_ms_p50"] == 6.0


def test_a_token_costs_the_weights_of_the_language_model(model_dir: Path) -> None:
    model = load_model(model_dir, "none")
    vision = sum(weight.numel() for name, weight in model.named_parameters() if "vision" in name)
    bridge = sum(weight.numel() for name, weight in model.named_parameters() if "projector" in name)
    whole = sum(weight.numel() for weight in model.parameters())
    table = model.get_input_embeddings().weight
    tied = model.get_output_embeddings().weight.data_ptr() == table.data_ptr()
    expected = whole - vision - bridge - (0 if tied else table.numel())
    assert bytes_per_token(model_dir, "none") == 4 * expected
    assert bytes_per_token(model_dir, "nf4") < 4 * expected


@pytest.mark.slow
async def test_pictures_are_described_together(model_dir: Path, tmp_path: Path) -> None:
    posts = draw(3)
    with running(tmp_path / "home", str(model_dir), "none") as process:
        async with connect(tmp_path / "home", process) as daemon:
            await daemon.ready()
            seconds, answers = await describe_all(daemon, posts, 3)
            again = await daemon.describe(posts[0].picture, posts[0].request)
            assert daemon.peak_memory() > 2**26
    assert seconds > 0
    assert [each.body["cached"] for each in answers] == [False] * 3
    assert all(each.submitted < each.finished for each in answers)
    assert again.body["cached"]
    assert again.body["text"] == answers[0].body["text"]
