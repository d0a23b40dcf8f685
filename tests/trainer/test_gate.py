"""The gate on figures that are made up, and on two adapters of a tiny model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from altd.models.loading import load_model, load_processor
from altd_trainer.data import PreferenceExample
from altd_trainer.gate import Showing, hold_gate, judge, pair_margins
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.paradigms import LoraSettings

MakeExamples = Callable[[int], list[PreferenceExample]]

BEFORE = Showing(np.array([-1.0, 0.5, 2.0, -3.0, 1.0, 0.2]), np.full(20, 0.7), 1)


def test_a_clear_gain_passes() -> None:
    passed, reason = judge(BEFORE, replace(BEFORE, margins=BEFORE.margins + np.array([2, 1, 1, 2, 1, 1])))
    assert passed
    assert reason.startswith("It is better on 6 held-out pairs (4 → 5 in the right order, gain +1.33")
    assert reason.endswith("holds on 20 base pictures (70% → 70% of facts).")


@pytest.mark.parametrize("gain", [[0] * 6, [3, -2, 1, -2, 2, -1], [-1] * 6])
def test_a_gain_that_is_not_shown_does_not(gain: list[float]) -> None:
    passed, reason = judge(BEFORE, replace(BEFORE, margins=BEFORE.margins + np.array(gain)))
    assert not passed
    assert "not shown to be better" in reason


def test_fewer_pairs_in_the_right_order_does_not() -> None:
    margins = BEFORE.margins + np.array([0.5, -0.6, 3, 2.5, 3, 3])
    passed, reason = judge(BEFORE, replace(BEFORE, margins=margins))
    assert not passed
    assert "(4 → 3 in the right order" in reason


def test_forgetting_the_base_does_not() -> None:
    passed, reason = judge(BEFORE, replace(BEFORE, margins=BEFORE.margins + 5, facts=BEFORE.facts - 0.05))
    assert not passed
    assert reason == "It is worse on 20 base pictures (70% → 65% of facts)."


def test_malformed_texts_do_not() -> None:
    passed, reason = judge(BEFORE, replace(BEFORE, margins=BEFORE.margins + 5, malformed=4))
    assert not passed
    assert "4 empty or overlong texts, not 1 as before" in reason


def test_margins_are_those_of_the_own_image_and_context(model_dir: Path, make_examples: MakeExamples) -> None:
    model, processor = load_model(model_dir, "none"), load_processor(model_dir)
    (example,) = make_examples(1)
    swapped = replace(example, chosen=example.rejected or "", rejected=example.chosen)
    forward, backward = pair_margins(model, processor, [example, swapped])
    assert forward == pytest.approx(-backward, abs=1e-4)


def test_two_adapters_are_compared(model_dir: Path, tmp_path: Path, make_examples: MakeExamples) -> None:
    examples = make_examples(5)
    settings = {"learning_rate": 2e-2, "num_train_epochs": 4}
    train_mcm_dpo(model_dir, None, examples, tmp_path, settings, lora=LoraSettings(r=4, alpha=8))
    held_out = [example for example in examples if example.rejected]
    gate = hold_gate(model_dir, "nf4", None, tmp_path / "adapter", held_out, base_pictures=4)
    assert gate.after.margins.mean() > gate.before.margins.mean()
    assert gate.before.summary()["pairs"] == len(held_out)
    assert len(gate.before.facts) == len(gate.after.facts)
