"""How far to go: the choice on figures that are made up, and the stride of a tiny adapter."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from altd.models.manifest import WEIGHTS
from altd_trainer.data import PreferenceExample
from altd_trainer.grounding import Grounding
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.paradigms import LoraSettings
from altd_trainer.retrain.stride import Stride, between, choose, shorten

BEFORE = Grounding(
    np.full(50, 0.8), np.full(50, 0.9), 2, named=100, foreign_names=0, malformed=0, pictures=50, words=9
)


def stride(length: float, ordered: int, facts: float, invented: int = 2, told: float = 0.9) -> Stride:
    base = replace(BEFORE, facts=np.full(50, facts), told=np.full(50, told), invented=invented)
    return Stride(length, ordered, base)


@pytest.mark.parametrize(
    ("strides", "length"),
    [
        ([stride(0.25, 3, 0.8), stride(0.5, 9, 0.8), stride(0.75, 9, 0.8)], 0.5),  # no further than needed
        ([stride(0.25, 3, 0.8), stride(0.5, 6, 0.79), stride(0.75, 9, 0.77)], 0.5),  # at no cost of facts
        ([stride(0.25, 5, 0.8), stride(0.5, 9, 0.8, invented=5)], 0.25),
        ([stride(0.25, 5, 0.8), stride(0.5, 9, 0.8, told=0.87)], 0.25),
        ([stride(0.5, 0, 0.8), stride(1.0, 9, 0.8, told=0.87)], 1.0),  # half a form is none
        ([stride(0.5, 0, 0.8), stride(1.0, 9, 0.8, told=0.85)], 0.5),  # and this the gate would refuse
        ([stride(0.25, 3, 0.77, told=0.86), stride(0.5, 9, 0.7, told=0.8)], 0.25),  # the gate will say so
    ],
)
def test_the_shortest_that_does_most_and_costs_nothing(strides: list[Stride], length: float) -> None:
    assert choose(strides, BEFORE).length == length


def test_less_may_be_told_where_that_is_wanted() -> None:
    strides = [stride(0.25, 3, 0.8), stride(0.5, 9, 0.6)]
    assert choose(strides, BEFORE).length == 0.25
    assert choose(strides, BEFORE, less=True).length == 0.5


def test_weights_between() -> None:
    start, end = {"a": torch.tensor([0.0, 2.0])}, {"a": torch.tensor([4.0, 2.0])}
    assert between(start, end, 0.25)["a"].tolist() == [1.0, 2.0]


def test_a_trained_adapter_is_shortened(
    model_dir: Path, tmp_path: Path, make_examples: Callable[[int], list[PreferenceExample]]
) -> None:
    examples, told = make_examples(4), list[dict[str, Any]]()
    settings = {"learning_rate": 2e-2, "num_train_epochs": 2}
    train_mcm_dpo(model_dir, None, examples, tmp_path, settings, lora=LoraSettings(r=4, alpha=8))
    adapter, pairs = tmp_path / "adapter", [example for example in examples if example.rejected]
    trained = load_file(adapter / WEIGHTS)
    chosen = shorten(model_dir, "none", None, adapter, pairs, ["A cup."] * 2, told.append)
    lengths = [event["length"] for event in told]
    assert lengths[0] == 1.0
    assert [abs(b - a) for a, b in pairwise(lengths)] == [0.5, 0.25, 0.125, 0.0625][: len(lengths) - 1]
    assert chosen.length in lengths
    for name, value in load_file(adapter / WEIGHTS).items():
        factor = chosen.length if "lora_B" in name else 1.0  # a fresh adapter starts at zero
        torch.testing.assert_close(value, factor * trained[name].float())
