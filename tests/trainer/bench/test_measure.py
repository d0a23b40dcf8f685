"""Real steps of every way on the bundled model."""

from dataclasses import replace
from pathlib import Path

import pytest

from altd.models.catalogue import BUNDLED
from altd_trainer.bench.measure import Plan, measure
from altd_trainer.bench.run import apart, peak_bytes
from altd_trainer.bench.shapes import SHAPES, prepare
from altd_trainer.data.sources import model_directory

PLAN = Plan("bundled", model_directory(BUNDLED), steps=1)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["released", "trl_dpo"])
def test_a_way_takes_its_steps_in_a_process_of_its_own(way: str) -> None:
    figures = apart(way, PLAN)
    assert len(figures["seconds"]) == PLAN.steps
    assert min(figures["seconds"]) > 0
    assert figures["operations"] > 0


@pytest.mark.slow
def test_memory_is_weighed_by_itself() -> None:
    weights = (PLAN.directory / "model.safetensors").stat().st_size
    assert peak_bytes("tree_cached", PLAN) > weights


def test_shapes_have_the_image_tokens_they_are_named_for(tmp_path: Path) -> None:
    assert [SHAPES[name].image_tokens for name in ("576", "64", "bundled")] == [576, 64, 64]
    small = replace(SHAPES["64"], text={**SHAPES["64"].text, "num_hidden_layers": 1, "vocab_size": 2048})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SHAPES, "64", small)  # type: ignore[arg-type]
        plan = Plan("64", prepare("64", tmp_path), steps=1)
        assert measure("released", plan)["tokens"] > 8 * 64
