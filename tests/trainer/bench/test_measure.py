"""Real steps of every way on the bundled model."""

from dataclasses import replace
from pathlib import Path

import pytest

from altd.models.catalogue import BUNDLED
from altd_trainer.bench.measure import Plan, measure
from altd_trainer.bench.run import run
from altd_trainer.bench.shapes import SHAPES, prepare
from altd_trainer.bench.ways import WAYS
from altd_trainer.data.sources import model_directory

PLAN = Plan("bundled", model_directory(BUNDLED), steps=1)


@pytest.mark.slow
def test_every_way_takes_its_steps_in_a_process_of_its_own() -> None:
    result = run(["bundled"], 1, PLAN, lambda event: None)
    shape = result["shapes"]["bundled"]
    assert set(shape["ways"]) == set(WAYS)
    for figures in shape["ways"].values():
        assert figures["seconds_per_step"] > 0
        assert figures["peak_bytes"] > 0
    tokens = {name: figures["tokens"] for name, figures in shape["ways"].items()}
    assert tokens["released"] > 2 * tokens["tree_cached"] > 2 * tokens["trl_dpo"]
    # the ideal follows from the tokens alone, whatever this machine is doing
    assert shape["ideal_speedup"] > 3


def test_shapes_have_the_image_tokens_they_are_named_for(tmp_path: Path) -> None:
    assert [SHAPES[name].image_tokens for name in ("576", "64", "bundled")] == [576, 64, 64]
    small = replace(SHAPES["64"], text={**SHAPES["64"].text, "num_hidden_layers": 1, "vocab_size": 2048})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SHAPES, "64", small)  # type: ignore[arg-type]
        plan = Plan("64", prepare("64", tmp_path), steps=1)
        assert measure("released", plan)["tokens"] > 8 * 64
