"""The eight rows against one row at a time, computed the long way."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch

from altd.describe.prompt import build_answer, build_prompt, build_question
from altd.models.loading import load_model, load_processor
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.logprobs import leaf_logps, token_logps
from altd_trainer.negatives import NegativeConfig, diffuse
from tiny_model import build_learner

MakeExamples = Callable[[int], list[PreferenceExample]]


def one_row(model: Any, processor: Any, example: PreferenceExample, leaf: tuple[int, int, int]) -> float:
    """log p(answer | picture, context), token by token over the full logits, without padding."""
    context, image, response = leaf
    shown = example.rejected_context if context else example.context
    prompt = build_prompt(build_question(shown, example.lines))
    encoded = processor(text=[prompt], images=[example.image], return_tensors="pt")
    pixels = encoded["pixel_values"]
    if image:
        pixels = diffuse(pixels[0], 700, 5, example.id)[None]
    text = build_answer(example.rejected if response else example.chosen)
    answer = processor.tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    ids = torch.cat([encoded["input_ids"], answer], dim=1)
    with torch.no_grad():
        logps = model(input_ids=ids, pixel_values=pixels.to(model.dtype)).logits.log_softmax(-1)
    start = encoded["input_ids"].shape[1]
    return sum(logps[0, start + k - 1, answer[0, k]].item() for k in range(answer.shape[1]))


@pytest.mark.parametrize("tower", ["conv", "clip"])
def test_rows_equal_single_computations(tower: str, tmp_path: Path, make_examples: MakeExamples) -> None:
    directory = build_learner(tmp_path / tower, tower)
    model, processor = load_model(directory, "none").double(), load_processor(directory)
    examples = make_examples(3)
    batch = DataCollatorForMCMPreference(processor, NegativeConfig(seed=5))(examples)
    logps = leaf_logps(model, batch)
    for index, example in enumerate(examples):
        for leaf in product((0, 1), repeat=3):
            missing = leaf[2] == 1 and example.rejected is None
            expected = 0.0 if missing else one_row(model, processor, example, leaf)
            assert logps[(index, *leaf)].item() == pytest.approx(expected, abs=2e-4)


def test_combinations_differ(model_dir: Path, make_examples: MakeExamples) -> None:
    batch = DataCollatorForMCMPreference(load_processor(model_dir), NegativeConfig())(make_examples(1))
    logps = leaf_logps(load_model(model_dir, "none"), batch)
    assert len(logps.unique()) == 8


def test_target_is_read_at_its_predecessor() -> None:
    logits = torch.randn(2, 5, generator=torch.Generator().manual_seed(0))
    table = logits.log_softmax(-1)
    logps = token_logps(logits, torch.tensor([0, 1, 0]), torch.tensor([1, 4, 2]))
    torch.testing.assert_close(logps, torch.stack([table[0, 1], table[1, 4], table[0, 2]]))


def test_gradient_of_a_tokens_log_probability() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(70, 6, generator=generator, dtype=torch.float64, requires_grad=True)
    place = torch.randint(70, (90,), generator=generator)  # some predict nothing, some more than one
    targets = torch.randint(6, (90,), generator=generator)
    assert torch.autograd.gradcheck(lambda values: token_logps(values, place, targets), logits)


def test_gradient_of_half_precision_logits_is_made_in_float32() -> None:
    logits = torch.randn(40, 9, generator=torch.Generator().manual_seed(0)).bfloat16()
    place, targets = torch.arange(40), torch.arange(40) % 9
    gradients = []
    for given in (logits, logits.float()):
        given.requires_grad_()
        token_logps(given, place, targets).sum().backward()
        gradients.append(given.grad)
    torch.testing.assert_close(gradients[0], gradients[1].bfloat16())  # type: ignore[union-attr]


def test_half_precision_is_summed_in_float32() -> None:
    logits = torch.randn(4, 9).bfloat16()
    assert token_logps(logits, torch.arange(4), torch.ones(4, dtype=torch.long)).dtype == torch.float32
