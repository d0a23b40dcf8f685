"""What is held of drawn pictures, and what a person's edits let go."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from altd.models.loading import load_model, load_processor
from altd_trainer.collator import encode_answer
from altd_trainer.data import PreferenceExample
from altd_trainer.holding import FIRST, Holding, let_go, parting, unlike
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.paradigms import LoraSettings

MakeExamples = Callable[[int], list[PreferenceExample]]


@pytest.mark.parametrize(
    ("chosen", "rejected", "parted"),
    [
        ([7, 8, 9], [7, 8, 4, 9], {4}),  # left out: at the token that is not said
        ([7, 8, 5, 9], [7, 8, 9], {9}),  # put in: at the token that would have come
        ([5, 6, 7, 8], [7, 8], {FIRST}),
        ([7, 5, 9], [7, 4, 9], {4}),
        ([7, 8, 5], [7, 8], set()),  # nothing of the old text is contradicted
        ([1, 7, 2, 8, 3], [7, 2, 8, 4], {FIRST, 4}),
    ],
)
def test_texts_part_at_the_first_token_of_a_change(
    chosen: list[int], rejected: list[int], parted: set[int]
) -> None:
    assert parting([(chosen, rejected)], least=1) == parted
    assert parting([(chosen, rejected)]) == set()  # once may be a mistake that was mended
    assert parting([(chosen, rejected)] * 2) == parted


def test_a_mistake_that_is_mended_here_and_there_lets_nothing_go() -> None:
    mended = [([7, 5, 9], [7, 4, 9])] * 2
    assert parting([*mended, *[([7, 4], [7, 4, 9])] * 3]) == {9}  # 4 stays in most texts, 9 in none


def test_tokens_are_the_models_own(model_dir: Path, make_examples: MakeExamples) -> None:
    processor = load_processor(model_dir)
    edits = [replace(each, chosen="a red circle", rejected="a blue circle") for each in make_examples(2)]
    blue = encode_answer(processor.tokenizer, "a blue circle", "x")
    red = encode_answer(processor.tokenizer, "a red circle", "x")
    expected = next(old for old, new in zip(blue, red, strict=False) if old != new)
    assert let_go(processor, [*edits, replace(edits[0], rejected=None)]) == {expected}


def moved(model: torch.nn.Module, by: float) -> None:
    """Make another model of it."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(by * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)))


def test_only_what_became_less_likely_and_is_not_let_go_costs(
    model_dir: Path, make_examples: MakeExamples
) -> None:
    model, processor = load_model(model_dir, "none"), load_processor(model_dir)
    examples = make_examples(3)
    holding = Holding(processor, examples, (), weight=2.0)
    holding.prepare(model)
    assert holding.loss(model, 0).item() == pytest.approx(0, abs=1e-5)
    moved(model, 0.1)
    whole = holding.loss(model, 0)
    assert whole.item() > 0
    assert torch.equal(whole, holding.loss(model, 0))  # the same pictures at the same step, also after a stop
    tokens = {token for each in examples for token in encode_answer(processor.tokenizer, each.chosen, "x")}
    holding.let_go = tokens
    assert holding.loss(model, 0).item() == 0
    holding.let_go = {FIRST}
    without: Tensor = holding.loss(model, 0)
    assert without.item() != pytest.approx(whole.item(), abs=1e-6)
    holding.let_go, holding.whole = tokens, {each.id for each in examples}
    assert torch.equal(holding.loss(model, 0), whole)


def test_what_was_never_judged_is_held_whole(make_examples: MakeExamples) -> None:
    first, second = make_examples(2)
    read, textless = replace(first, lines=("OPEN",)), replace(second, lines=())
    assert unlike([read, textless], [read]) == {textless.id}
    assert unlike([read, textless], [textless]) == {read.id}
    assert unlike([read, textless], [read, textless]) == set()


def test_training_that_holds_on_loses_less(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    """The same training with and without: texts that are held stay likelier."""
    examples, held = make_examples(6)[:3], [replace(each, rejected=None) for each in make_examples(6)[3:]]
    processor, lost = load_processor(model_dir), []
    settings = {"learning_rate": 2e-2, "num_train_epochs": 6, "sft_weight": 4.0}
    start = load_model(model_dir, "nf4")
    for weight in (0.0, 8.0):
        holding = Holding(processor, held, (), weight)
        folder = tmp_path / str(weight)
        train_mcm_dpo(
            model_dir, None, examples, folder, settings, lora=LoraSettings(r=4, alpha=8), holding=holding
        )
        measure = Holding(processor, held, ())
        measure.prepare(start)
        lost.append(measure.loss(load_model(model_dir, "nf4", adapter=folder / "adapter"), 0).item())
    assert lost[1] < lost[0] / 2
