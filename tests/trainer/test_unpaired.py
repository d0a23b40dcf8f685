"""Rejections without a better text: their term by hand, where they come from, what training makes of them."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from altd.describe.prompt import Context
from altd.models.loading import load_model, load_processor
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data import PreferenceExample
from altd_trainer.feedback import read_feedback
from altd_trainer.fitting import fitting
from altd_trainer.holding import Holding
from altd_trainer.logprobs import leaf_logps
from altd_trainer.negatives import NegativeConfig, with_rejected_contexts
from altd_trainer.objective.kto import undesirable_losses
from altd_trainer.unpaired import HoldingAndUnwanted, Unwanted

from .conftest import POOL, draw
from .preference_runs import lora_model, make_trainer
from .test_holding import moved
from .verdicts import Home, png

MakeExamples = Callable[[int], list[PreferenceExample]]
RED, BLUE = png(draw("red", "ellipse")), png(draw("blue", "rectangle"))


def squashed(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_the_term_is_ktos() -> None:
    losses = undesirable_losses(torch.tensor([3.0, -2.0]).double(), torch.tensor(1.5).double(), 0.1)
    assert losses.tolist() == pytest.approx([1 - squashed(-0.15), 1 - squashed(0.35)], abs=1e-12)


def test_only_rejections_without_anything_better_are_unwanted(tmp_path: Path) -> None:
    home = Home(tmp_path)
    first = home.give(home.describe(RED, "A red apple."), "reject")
    second = home.give(home.describe(RED, "A red ball."), "reject")
    home.give(home.describe(BLUE, "A blue ball."), "reject")
    home.give(home.describe(BLUE, "A blue square."), "accept")
    gone = home.give(home.describe(png(draw("black", "ellipse")), "A dot.", keep=False), "reject")
    feedback = read_feedback(home.paths)
    assert [(each.chosen, each.rejected, each.evidence) for each in feedback.unwanted] == [
        ("A red apple.", None, "rejected"),
        ("A red ball.", None, "rejected"),
    ]
    assert [each.id.split(":")[1:] for each in feedback.unwanted] == [[first], [second]]
    assert {each.weight for each in feedback.unwanted} == {0.5 * 0.25}  # of a generation that is not known
    assert len(feedback.examples) == 1
    assert {each.id for each in feedback.not_used} == {first, second, gone}
    asked = feedback.with_unwanted(True)
    assert (len(asked.unwanted), [each.id for each in asked.not_used]) == (2, [gone])
    unasked = feedback.with_unwanted(False)
    assert (unasked.unwanted, unasked.not_used) == ([], feedback.not_used)


def test_an_unwanted_text_that_is_too_long_is_named(tmp_path: Path, model_dir: Path) -> None:
    home = Home(tmp_path)
    long = home.give(home.describe(RED, "A thing.", Context(text="港の祭り" * 150)), "reject")
    home.give(home.describe(BLUE, "A thing."), "reject")
    feedback = read_feedback(home.paths).with_unwanted(True)
    feedback = replace(feedback, unwanted=with_rejected_contexts(feedback.unwanted, POOL, 0))
    fit = fitting(feedback, model_dir)
    assert [each.id for each in fit.not_used] == [long]
    assert (len(fit.unwanted), fit.examples) == (1, [])


def test_it_is_held_against_what_the_model_was(model_dir: Path, make_examples: MakeExamples) -> None:
    model, processor = load_model(model_dir, "none"), load_processor(model_dir)
    examples = [replace(each, rejected=None, weight=0.5) for each in make_examples(3)]
    unwanted = Unwanted(processor, examples, beta=0.3, share=0.4)
    unwanted.prepare(model)
    assert unwanted.loss(model, 0).item() == pytest.approx(0.4 * 0.5 * 0.5, abs=1e-4)
    batch = DataCollatorForMCMPreference(processor, NegativeConfig())(examples)
    before = leaf_logps(model, batch).detach()
    moved(model, 0.1)
    ratios = (leaf_logps(model, batch) - before).detach()
    drift = max(0.0, ratios[:, 1, 1, 0].mean().item())
    expected = [1 - squashed(0.3 * (drift - ratio)) for ratio in ratios[:, 0, 0, 0].tolist()]
    loss = unwanted.loss(model, 7)
    assert loss.item() == pytest.approx(0.4 * 0.5 * sum(expected) / 3, abs=1e-4)
    assert torch.equal(loss, unwanted.loss(model, 7))  # the same texts at the same step, also after a stop


def test_beside_what_is_held_it_is_the_sum(model_dir: Path, make_examples: MakeExamples) -> None:
    model, processor = load_model(model_dir, "none"), load_processor(model_dir)
    examples = make_examples(3)
    alone = Unwanted(processor, examples, beta=0.3)
    holding = Holding(processor, examples, (), weight=2.0)
    both = HoldingAndUnwanted(processor, examples, (), 2.0, unwanted=replace(alone, _reference=[]))
    nothing_held = HoldingAndUnwanted(processor, [], (), unwanted=replace(alone, _reference=[]))
    for each in (alone, holding, both, nothing_held):
        each.prepare(model)
    moved(model, 0.1)
    assert holding.loss(model, 1).item() > 0
    assert torch.equal(both.loss(model, 1), holding.loss(model, 1) + alone.loss(model, 1))
    assert torch.equal(nothing_held.loss(model, 1), alone.loss(model, 1))


def test_training_makes_an_unwanted_text_less_likely(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    processor = load_processor(model_dir)
    wrong = replace(make_examples(1)[0], id="w", chosen="A green boat on a hill.", rejected=None)
    batch = DataCollatorForMCMPreference(processor, NegativeConfig())([wrong])

    def likely(beside: Holding | None) -> float:
        model = lora_model(model_dir)
        trainer = make_trainer(model, model_dir, tmp_path, make_examples(4), max_steps=8, learning_rate=1e-2)
        trainer._holding = beside
        trainer.train()
        with torch.no_grad():
            return float(leaf_logps(model.eval(), batch)[0, 0, 0, 0])

    unwanted = Unwanted(processor, [wrong], beta=0.3, share=4.0)
    assert likely(HoldingAndUnwanted(processor, [], (), unwanted=unwanted)) < likely(None) - 1
