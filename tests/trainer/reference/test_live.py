"""A run starts at its reference, cached or live, in full precision and in NF4."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from altd_trainer.collator import OWN_PAIR
from altd_trainer.logprobs import leaf_logps
from altd_trainer.objective import preference_loss
from altd_trainer.reference import as_reference

from ..preference_runs import LN2, MakeExamples, adapter_weights, lora_model, make_trainer, move


@pytest.mark.parametrize("quantization", ["none", "nf4"])
@pytest.mark.parametrize("fresh", [True, False], ids=["fresh", "continued"])
@pytest.mark.parametrize("precompute", [True, False], ids=["cached", "live"])
def test_first_loss_is_ln_2(
    model_dir: Path,
    tmp_path: Path,
    make_examples: MakeExamples,
    quantization: str,
    fresh: bool,
    precompute: bool,
) -> None:
    model = lora_model(model_dir, quantization, fresh)
    trainer = make_trainer(
        model, model_dir, tmp_path, make_examples(3), max_steps=1, precompute_ref_log_probs=precompute
    )
    trainer.train()
    first = trainer.state.log_history[0]
    assert first["loss"] == pytest.approx(LN2, abs=1e-6)
    assert first["rewards/margins"] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("precompute", [True, False], ids=["cached", "live"])
@pytest.mark.parametrize("rows", [False, True], ids=["batch", "rows"])
def test_first_loss_in_bf16_is_ln_2_within_rounding(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples, precompute: bool, rows: bool
) -> None:
    """Batches are padded otherwise than the reference's, which rounds otherwise: a hundredth at most."""
    settings = {"max_steps": 1, "bf16": True, "row_microbatching": rows}
    settings |= {"precompute_ref_log_probs": precompute}
    model = lora_model(model_dir, fresh=False)
    trainer = make_trainer(model, model_dir, tmp_path, make_examples(3), **settings)
    trainer.train()
    assert trainer.state.log_history[0]["loss"] == pytest.approx(LN2, abs=0.01)


def test_cached_and_live_reference_train_the_same_adapter(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    results = []
    for precompute in (True, False):
        model = lora_model(model_dir, fresh=False)
        folder = tmp_path / str(precompute)
        make_trainer(model, model_dir, folder, make_examples(4), precompute_ref_log_probs=precompute).train()
        results.append(adapter_weights(model))
    for name, weight in results[0].items():
        torch.testing.assert_close(weight, results[1][name], atol=1e-4, rtol=1e-3)


def test_the_token_kl_is_that_of_whole_distributions(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    """Against logits of plain rows, all of them, of a policy that has left its reference."""
    examples = make_examples(3)
    settings = {"preset": "chip", "token_kl": 3.0, "precompute_ref_log_probs": False}
    trainer = make_trainer(lora_model(model_dir, fresh=False), model_dir, tmp_path, examples, **settings)
    model = trainer.model
    move(model)
    batch = trainer.data_collator(examples)
    loss = trainer.compute_loss(model, batch)

    rows = replace(trainer.data_collator, layout="rows", leaves=OWN_PAIR)(examples)
    inputs = {name: rows[name] for name in ("input_ids", "attention_mask")}
    inputs["pixel_values"] = rows["vision"]["pixel_values"][rows["row_images"]]
    with torch.no_grad():
        policy, logps = model(**inputs).logits.log_softmax(-1), leaf_logps(model, batch)
        with as_reference(model):
            frozen, reference = model(**inputs).logits.log_softmax(-1), leaf_logps(model, batch)
    kl = torch.zeros(3, 2)
    for row, column, _, leaf, _ in rows["scores"].tolist():
        p, q = frozen[row, column], policy[row, column]
        kl[leaf // 8, leaf % 8] += (p.exp() * (p - q)).sum()
    assert (kl[:2] > 0.01).all()
    options = {"has_rejected": batch["has_rejected"]}
    expected = preference_loss(logps, reference, trainer.args.objective(), kl=kl, **options).losses.mean()
    assert loss.item() == pytest.approx(expected.item(), abs=1e-4)
    without = preference_loss(logps, reference, trainer.args.objective(), kl=0 * kl, **options).losses.mean()
    assert abs(loss.item() - without.item()) > 1e-3
