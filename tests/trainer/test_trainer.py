"""Stage 2 on a tiny LLaVA: what a run learns, and from what."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from altd_trainer.collator import ALL_LEAVES
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.objective import LEAVES

from .preference_runs import (
    LN2,
    MakeExamples,
    adapter_weights,
    lora_model,
    make_trainer,
    move,
    trained,
)


def test_training_raises_margins_and_moves_the_adapter_only(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    model = lora_model(model_dir)
    frozen = {n: p.detach().clone() for n, p in model.named_parameters() if not p.requires_grad}
    buffers = {n: b.clone() for n, b in model.named_buffers()}
    trainer = make_trainer(model, model_dir, tmp_path, make_examples(4), max_steps=12, learning_rate=5e-3)
    trainer.train()
    history = [entry for entry in trainer.state.log_history if "loss" in entry]
    assert history[-1]["loss"] < history[0]["loss"] - 0.05
    metrics = trainer.evaluate()
    assert metrics["eval_loss"] < LN2
    logged = trainer.state.log_history[-1]
    for name in ("chosen", "rejected", "accuracies", "margins"):
        assert math.isfinite(logged[f"eval_rewards/{name}"])
    assert all(math.isfinite(logged[f"eval_margins/{name}"]) for name in LEAVES)
    assert logged["eval_log_ratios/chosen"] == pytest.approx(10 * logged["eval_rewards/chosen"])
    assert logged["eval_rewards/accuracies"] == 1
    parameters, now = dict(model.named_parameters()), dict(model.named_buffers())
    assert all(torch.equal(parameters[name], value) for name, value in frozen.items())
    assert all(torch.equal(now[name], value) for name, value in buffers.items())


@pytest.mark.parametrize("quantization", ["none", "nf4"])
def test_gradient_is_the_same_after_evaluation(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples, quantization: str
) -> None:
    """bitsandbytes repacks 4-bit weights in evaluation on some CPUs, and what is repacked has no gradient."""
    examples = make_examples(2)
    model = lora_model(model_dir, quantization, fresh=False)
    trainer = make_trainer(model, model_dir, tmp_path, examples)
    trainer.prepare_reference()

    def gradients() -> dict[str, torch.Tensor]:
        model.train()
        model.zero_grad()
        trainer.compute_loss(model, trainer.data_collator(examples)).backward()
        return {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}

    before = gradients()
    trainer.evaluate()
    after = gradients()
    assert before.keys() == after.keys() == adapter_weights(model).keys()
    assert any(gradient.any() for gradient in before.values())
    for name, gradient in before.items():
        torch.testing.assert_close(after[name], gradient)


def test_accumulation_equals_one_batch(model_dir: Path, tmp_path: Path, make_examples: MakeExamples) -> None:
    one, two = lora_model(model_dir), lora_model(model_dir)
    settings = {"optim": "sgd", "max_grad_norm": 0.0, "max_steps": 2}
    make_trainer(one, model_dir, tmp_path / "a", make_examples(2), **settings).train()
    settings |= {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 2}
    make_trainer(two, model_dir, tmp_path / "b", make_examples(2), **settings).train()
    for name, weight in adapter_weights(one).items():
        torch.testing.assert_close(adapter_weights(two)[name], weight, atol=1e-6, rtol=1e-4)


def test_sft_weight_adds_the_mean_likelihood_of_the_chosen_text(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    examples = make_examples(2)
    model = lora_model(model_dir)
    losses = []
    for weight in (0.0, 0.5):
        trainer = make_trainer(model, model_dir, tmp_path, examples, sft_weight=weight)
        trainer.prepare_reference()
        losses.append(trainer.compute_loss(model, trainer.data_collator(examples)).item())
    # an untrained model spreads its probability over the whole vocabulary
    vocabulary = model.config.text_config.vocab_size
    assert (losses[1] - losses[0]) / 0.5 == pytest.approx(math.log(vocabulary), rel=0.1)


def test_example_weights_scale_the_loss(model_dir: Path, tmp_path: Path, make_examples: MakeExamples) -> None:
    examples = [
        replace(example, weight=weight) for example, weight in zip(make_examples(2), (0.5, 2.0), strict=True)
    ]
    model = lora_model(model_dir)
    trainer = make_trainer(model, model_dir, tmp_path, examples)
    trainer.prepare_reference()
    loss = trainer.compute_loss(model, trainer.data_collator(examples))
    assert loss.item() == pytest.approx(1.25 * LN2, abs=1e-6)


@pytest.mark.parametrize("preset", ["dpo", "mdpo", "chip"])
def test_presets_start_where_they_should(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples, preset: str
) -> None:
    """Policy and reference are one at the start: every log-sigmoid is ln 2, a divergence 0."""
    live = {"precompute_ref_log_probs": preset != "chip"}
    _, trainer = trained(model_dir, tmp_path, make_examples(2), preset=preset, **live)
    sigmoids = {"dpo": 1, "mdpo": 3, "chip": 1}[preset]
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert losses[0] == pytest.approx(sigmoids * LN2, abs=1e-5)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("preset", ["dpo", "mdpo", "chip"])
def test_only_what_the_terms_compare_is_computed(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples, preset: str
) -> None:
    """The loss is that of all eight combinations, at less than half their tokens for plain DPO."""
    examples = make_examples(3)
    live = {"precompute_ref_log_probs": False, "preset": preset}
    trainer = make_trainer(lora_model(model_dir, fresh=False), model_dir, tmp_path, examples, **live)
    move(trainer.model)
    trainer.model.train()
    own = trainer.data_collator(examples)
    whole = replace(trainer.data_collator, leaves=ALL_LEAVES)(examples)
    losses = [trainer.compute_loss(trainer.model, batch).item() for batch in (own, whole)]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    share = own["attention_mask"].sum() / whole["attention_mask"].sum()
    assert share < (0.5 if preset == "dpo" else 0.9)
    logs: dict[str, float] = {}
    trainer.log(logs)
    read = {"margins/response"} | (set() if preset == "dpo" else {"margins/image"})
    assert {name for name in logs if name.startswith("margins/")} == read


def test_without_a_term_for_the_context_one_post_is_enough(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    alone = [replace(make_examples(1)[0], rejected_context=None)]
    settings = {"preset": "dpo", "max_steps": 1, "logging_steps": 1}
    figures = train_mcm_dpo(model_dir, None, alone, tmp_path, settings, quantization="none")
    assert figures["loss"] == pytest.approx(LN2, abs=1e-6)
