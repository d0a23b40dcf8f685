"""What a layout computes: pictures, vocabulary, rows at a time; and that a fresh adapter is its reference."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import Tensor

from altd_trainer.collator import OWN_PAIR, PreferenceBatch
from altd_trainer.families import family_of
from altd_trainer.logprobs import leaf_logps, leaf_scores
from altd_trainer.objective import mcm_dpo_loss
from altd_trainer.tree.microbatch import accumulate_gradients, logps_by_rows
from tiny_families import FAMILIES

from .conftest import AWKWARD, Load, MakeBatch
from .test_equality import gradients


@contextmanager
def seen_by(module: torch.nn.Module) -> Iterator[list[Tensor]]:
    """The first tensors that a module is called with."""
    seen: list[Tensor] = []

    def keep(_: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        values = [value for value in (*args, *kwargs.values()) if isinstance(value, Tensor)]
        seen.append(values[0])

    handle = module.register_forward_pre_hook(keep, with_kwargs=True)
    try:
        yield seen
    finally:
        handle.remove()


@pytest.mark.parametrize("family", FAMILIES)
def test_each_picture_is_looked_at_once(family: str, load: Load, make_batch: MakeBatch) -> None:
    model = load(family)
    looked = {}
    for layout in ("tree", "vision_shared", "rows"):
        batch = make_batch(family, layout, AWKWARD[:1])
        with torch.no_grad(), seen_by(model.get_submodule(family_of(model.config).vision_tower)) as pixels:
            leaf_logps(model, batch)
        assert len(pixels) == 1
        looked[layout] = pixels[0].numel()
    assert looked["rows"] == 8 / 2 * looked["tree"]
    assert looked["vision_shared"] == looked["tree"]


@pytest.mark.parametrize("layout", ["tree", "vision_shared", "rows"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_vocabulary_is_projected_only_where_something_is_predicted(
    layout: str, family: str, load: Load, make_batch: MakeBatch
) -> None:
    model, batch = load(family), make_batch(family, layout)
    with torch.no_grad(), seen_by(model.lm_head) as hidden:
        leaf_logps(model, batch)
    predecessors = {(row, column) for row, column, *_ in batch["scores"].tolist()}
    assert [tensor.shape[:-1].numel() for tensor in hidden] == [len(predecessors)]


def fresh_adapter(model: Any) -> Any:
    family = family_of(model.config)
    excluded = family.without_gradient(model.config)
    return get_peft_model(model, LoraConfig(r=2, target_modules="all-linear", exclude_modules=excluded))


@pytest.mark.parametrize("family", FAMILIES)
def test_t15_the_loss_starts_at_ln_2(family: str, load: Load, make_batch: MakeBatch) -> None:
    policy = fresh_adapter(load(family, torch.float32)).train()
    for layout in ("tree", "vision_shared", "rows"):
        batch = make_batch(family, layout)
        with torch.no_grad(), policy.disable_adapter():
            reference = leaf_logps(policy, batch)
        logps = leaf_logps(policy, batch)
        assert torch.equal(logps, reference)
        losses = mcm_dpo_loss(logps, reference, has_rejected=batch["has_rejected"]).losses
        assert losses.tolist() == [pytest.approx(math.log(2), abs=1e-7)] * len(AWKWARD)


@pytest.mark.parametrize("layout", ["tree", "rows"])
@pytest.mark.parametrize("family", ["llava", "qwen2_5_vl"])
def test_rows_one_at_a_time_give_the_same_gradients(
    layout: str, family: str, load: Load, make_batch: MakeBatch
) -> None:
    model, batch = load(family), make_batch(family, layout)
    _, expected = gradients(model, batch)
    whole = leaf_logps(model, batch).detach()
    torch.testing.assert_close(logps_by_rows(model, batch), whole, rtol=0, atol=1e-9)
    reference = torch.linspace(-90, -40, whole.numel(), dtype=whole.dtype).view_as(whole)

    def differentiate(logps: Tensor) -> Tensor:
        torch.testing.assert_close(logps, whole, rtol=0, atol=1e-9)
        logps.requires_grad_()
        mcm_dpo_loss(logps, reference, has_rejected=batch["has_rejected"]).losses.mean().backward()
        assert logps.grad is not None
        return logps.grad

    model.zero_grad()
    with seen_by(model) as calls:
        accumulate_gradients(model, batch, differentiate)
    # all rows but the last twice, each alone
    assert [len(ids) for ids in calls] == [1] * (2 * len(batch["input_ids"]) - 1)
    found = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-8)


def test_answer_logits_are_those_of_the_examples_own_pair(load: Load, make_batch: MakeBatch) -> None:
    model = load("llava")
    asked = [leaf_scores(model, make_batch("llava", each), logits=True) for each in ("tree", "rows")]
    made = [scores.logits for scores in asked if scores.logits is not None]
    torch.testing.assert_close(made[0].logits, made[1].logits, rtol=0, atol=1e-9)
    assert torch.equal(made[0].answers, made[1].answers)
    batch = make_batch("llava", "tree", leaves=OWN_PAIR)
    assert len(made[0].answers) == len(batch["scores"])
    targets = batch["scores"][:, 2]
    logps = made[0].logits.log_softmax(-1)[torch.arange(len(targets)), targets]
    sums = torch.zeros(2 * len(AWKWARD), dtype=logps.dtype).index_add(0, made[0].answers, logps)
    torch.testing.assert_close(sums.view(-1, 2), asked[0].logps[:, 0, 0], rtol=0, atol=1e-9)


def test_half_precision_is_scored_in_float32(load: Load, make_batch: MakeBatch) -> None:
    model = load("llava", torch.bfloat16)
    logps: Tensor = leaf_logps(model, make_batch("llava", "tree"))
    assert logps.dtype == torch.float32


def test_leaves_that_were_not_laid_out_are_zero(load: Load, make_batch: MakeBatch) -> None:
    model = load("llava")
    pair: PreferenceBatch = make_batch("llava", "tree", leaves=OWN_PAIR)
    logps, all_leaves = leaf_logps(model, pair), leaf_logps(model, make_batch("llava", "tree"))
    torch.testing.assert_close(logps[:, 0, 0], all_leaves[:, 0, 0], rtol=0, atol=1e-9)
    assert logps[:, 1].eq(0).all()
    assert logps[:, :, 1].eq(0).all()
