"""Every layout gives the same losses, gradients and trained weights, in every family."""

from typing import Any

import pytest
import torch
from torch import Tensor

from altd_trainer.collator import PreferenceBatch
from altd_trainer.families import family_of
from altd_trainer.logprobs import leaf_logps
from altd_trainer.objective import mcm_dpo_loss
from tiny_families import FAMILIES

from .conftest import Load, MakeBatch

SHARED = ("tree", "vision_shared")


def mean_loss(model: Any, batch: PreferenceBatch) -> Tensor:
    logps = leaf_logps(model, batch)
    # any fixed numbers will do as the reference, as long as each leaf has its own
    reference = torch.linspace(-90, -40, logps.numel(), dtype=logps.dtype).view_as(logps)
    return mcm_dpo_loss(logps, reference, has_rejected=batch["has_rejected"]).losses.mean()


def gradients(model: Any, batch: PreferenceBatch) -> tuple[float, dict[str, Tensor]]:
    loss = mean_loss(model, batch)
    model.zero_grad()
    loss.backward()
    found = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    return loss.item(), found


@pytest.mark.parametrize("family", FAMILIES)
def test_t12_losses_and_all_gradients_equal_those_of_plain_rows(
    family: str, load: Load, make_batch: MakeBatch
) -> None:
    model = load(family)
    loss, expected = gradients(model, make_batch(family, "rows"))
    for layout in SHARED:
        other, found = gradients(model, make_batch(family, layout))
        assert other == pytest.approx(loss, abs=1e-9)
        assert found.keys() == expected.keys()
        for name, gradient in expected.items():
            torch.testing.assert_close(found[name], gradient, rtol=0, atol=1e-8, msg=name)
    assert any(name.startswith(family_of(model.config).vision_tower) for name in expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_t12_weights_after_five_steps_equal_those_of_plain_rows(
    family: str, load: Load, make_batch: MakeBatch
) -> None:
    trained = {}
    for layout in ("rows", *SHARED):
        model, batch = load(family, torch.float32), make_batch(family, layout)
        start = {name: value.clone() for name, value in model.state_dict().items()}
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        for _ in range(5):
            optimizer.zero_grad()
            mean_loss(model, batch).backward()
            optimizer.step()
        trained[layout] = model.state_dict()
        moved = max(float((trained[layout][name] - start[name]).abs().max()) for name in start)
        assert moved > 1e-3
    for layout in SHARED:
        for name, value in trained["rows"].items():
            torch.testing.assert_close(trained[layout][name], value, rtol=0, atol=1e-5, msg=name)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_rejected_picture_of_another_size_is_laid_out_alike(
    family: str, load: Load, make_batch: MakeBatch
) -> None:
    model = load(family)
    with torch.no_grad():
        rows, tree = (
            leaf_logps(model, make_batch(family, each, negative="other")) for each in ("rows", "tree")
        )
    torch.testing.assert_close(tree, rows, rtol=0, atol=1e-9)
    assert len(rows.unique()) == 8 + 8 + 4 + 1  # no two leaves say the same, four are missing


@pytest.mark.parametrize("family", ["llava", "qwen3_vl"])
def test_t4_eager_attention_sees_the_same_tree(family: str, load: Load, make_batch: MakeBatch) -> None:
    batch = make_batch(family, "tree")
    with torch.no_grad():
        plain, eager = (leaf_logps(load(family, attention=kind), batch) for kind in ("sdpa", "eager"))
    torch.testing.assert_close(eager, plain, rtol=0, atol=1e-5)  # eager takes its softmax in float32


def test_t5_padding_changes_nothing(load: Load, make_batch: MakeBatch) -> None:
    model, batch = load("llava"), make_batch("llava", "tree")
    rows, length = batch["input_ids"].shape
    wider = PreferenceBatch(**batch)
    for name in ("input_ids", "attention_mask", "depths"):
        wider[name] = torch.nn.functional.pad(batch[name], (0, 7))
    wider["ends"] = torch.cat([batch["ends"], torch.arange(length, length + 7).expand(rows, -1) + 1], dim=1)
    _, plain = gradients(model, batch)
    _, padded = gradients(model, wider)
    assert all(gradient.isfinite().all() for gradient in padded.values())
    torch.testing.assert_close(padded, plain, rtol=0, atol=1e-9)


def test_t3_without_the_mask_the_numbers_would_be_others(
    load: Load, make_batch: MakeBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, batch = load("llava"), make_batch("llava", "tree")
    with torch.no_grad():
        right = leaf_logps(model, batch)
        monkeypatch.setattr("altd_trainer.logprobs.tree_mask", lambda *_: None)
        wrong = leaf_logps(model, batch)
    assert (right - wrong).abs().max() > 0.01


def test_t9_checkpointed_activations_change_nothing(load: Load, make_batch: MakeBatch) -> None:
    model, batch = load("llava"), make_batch("llava", "tree")
    _, plain = gradients(model, batch)
    model.train()  # there is no dropout in it
    model.activation_checkpointing_enable()
    _, checkpointed = gradients(model, batch)
    torch.testing.assert_close(checkpointed, plain, rtol=0, atol=1e-9)


def test_t10_a_sliding_window_is_the_same_in_rows_and_tree(load: Load, make_batch: MakeBatch) -> None:
    model = load("llava_next")
    full = leaf_logps(model, make_batch("llava_next", "tree")).detach()
    model.config.text_config.sliding_window = 24  # fewer tokens than the picture has
    with torch.no_grad():
        rows, tree = (leaf_logps(model, make_batch("llava_next", each)) for each in ("rows", "tree"))
    torch.testing.assert_close(tree, rows, rtol=0, atol=1e-9)
    assert (tree - full).abs().max() > 0.01
