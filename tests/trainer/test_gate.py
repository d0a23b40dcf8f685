"""The gate on figures that are made up, and on two adapters of a tiny model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from altd.models.loading import load_model, load_processor
from altd_trainer.data import PreferenceExample
from altd_trainer.gate import Showing, hold_gate, judge, pair_margins
from altd_trainer.grounding import Grounding, ground, hold_against
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.paradigms import LoraSettings
from altd_trainer.synthetic import generate

MakeExamples = Callable[[int], list[PreferenceExample]]

BASE = Grounding(np.full(50, 0.7), invented=3, named=60, foreign_names=1, malformed=1, pictures=50)
BEFORE = Showing(np.array([-1.0, 0.5, 2.0, -3.0, 1.0, 0.2]), BASE)
BETTER = replace(BEFORE, margins=BEFORE.margins + 5)


def better_but(**base: Any) -> Showing:
    """A challenger that has learned its pairs, with these figures on the base pictures."""
    return replace(BETTER, base=replace(BASE, **base))


def test_a_clear_gain_passes() -> None:
    passed, reason = judge(BEFORE, replace(BEFORE, margins=BEFORE.margins + np.array([2, 1, 1, 2, 1, 1])))
    assert passed
    assert reason.startswith("It is better on 6 held-out pairs (4 → 5 in the right order, gain +1.33")
    assert reason.endswith("holds on 50 base pictures (70% → 70% of facts).")


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


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        ({"facts": BASE.facts - 0.05}, "It is worse on 50 base pictures (70% → 65% of facts)."),
        ({"malformed": 4}, "It writes 4 empty or overlong texts, not 1 as before."),
        (
            {"invented": 5},
            "It names more objects that are not in the picture: 5.0% → 8.3% of those it names on 50 base "
            "pictures.",
        ),
        (
            {"foreign_names": 2},
            "It gives more pictures a name that is not theirs: 1 → 2 of 50 base pictures.",
        ),
        ({"facts": np.full(50, np.nan)}, "It is worse on 50 base pictures (70% → nan% of facts)."),
        ({"facts": BASE.facts[:9]}, "6 pairs and 9 base pictures are too few to judge by."),
    ],
)
def test_losing_on_the_base_does_not(base: dict[str, Any], reason: str) -> None:
    assert judge(BEFORE, BETTER)[0]
    assert judge(BEFORE, better_but(**base)) == (False, reason)


def test_a_margin_that_is_no_number_does_not() -> None:
    assert not judge(BEFORE, replace(BETTER, margins=np.full(6, np.nan)))[0]


def test_few_pairs_do_not() -> None:
    assert not judge(replace(BEFORE, margins=BEFORE.margins[:3]), replace(BETTER, margins=np.full(3, 9.0)))[0]


def test_without_base_pictures_nothing_is_judged() -> None:
    with pytest.raises(ValueError, match="at least one base picture"):
        ground(None, None, 0, 0)


def test_texts_are_held_against_pictures() -> None:
    drawn = [generate(1, index, "scene") for index in range(60)]
    samples = [sample for sample in drawn if sample.facts.foreign]
    truth = hold_against(samples, [sample.alt for sample in samples])
    assert (truth.facts.min(), truth.invented, truth.foreign_names, truth.malformed) == (1.0, 0, 0, 0)
    lies = hold_against(samples, [f"{sample.facts.foreign} has no words." for sample in samples])
    assert (lies.foreign_names, lies.invented, lies.pictures) == (len(samples), 0, len(samples))
    assert lies.facts.max() < 0.5
    invented = hold_against(samples[:1], ["A red apple, a green boat and a blue cup."])
    assert invented.invented_share > 0.3


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
    assert len(gate.before.base.facts) == len(gate.after.base.facts)
    assert not gate.passed  # four pictures say nothing
