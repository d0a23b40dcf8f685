"""Stage 2 on a tiny LLaVA, in full precision and in NF4."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import TrainerState

from altd.errors import AltdError
from altd.models.loading import load_model, load_processor
from altd_trainer.collator import ALL_LEAVES, OWN_PAIR
from altd_trainer.curriculum import objective_at
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.logprobs import leaf_logps
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.objective import LEAVES, Objective, preference_loss
from altd_trainer.reference import as_reference
from altd_trainer.trainer import MCMDPOConfig, MCMDPOTrainer

MakeExamples = Callable[[int], list[PreferenceExample]]
LN2 = math.log(2)


def lora_model(model_dir: Path, quantization: str = "none", fresh: bool = True) -> Any:
    """The tiny model with an adapter; not fresh means that the adapter already changes the answers."""
    torch.manual_seed(1)
    model = load_model(model_dir, quantization, trainable=True)
    lora = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", exclude_modules=".*vision_tower.*")
    model = get_peft_model(model, lora)
    if not fresh:
        for name, parameter in model.named_parameters():
            if ".lora_B." in name:
                torch.nn.init.normal_(parameter, std=0.05)
    return model


def make_trainer(
    model: Any, model_dir: Path, output: Path, examples: list[PreferenceExample], **settings: Any
) -> MCMDPOTrainer:
    settings = {"per_device_train_batch_size": 2, "max_steps": 3, "learning_rate": 1e-3} | settings
    config = MCMDPOConfig(
        output_dir=str(output), use_cpu=True, disable_tqdm=True, save_strategy="no", logging_steps=1, seed=0
    )
    config = replace(config, **settings)
    return MCMDPOTrainer(model, config, load_processor(model_dir), examples, eval_dataset=examples[:2])


def adapter_weights(model: Any) -> dict[str, torch.Tensor]:
    return {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}


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


def test_an_interrupted_run_ends_like_an_uninterrupted_one(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    examples = make_examples(6)
    whole = lora_model(model_dir, fresh=False)
    make_trainer(whole, model_dir, tmp_path / "whole", examples, max_steps=4).train()

    folder, settings = tmp_path / "cut", {"save_strategy": "steps", "save_steps": 2, "max_steps": 4}
    cut = lora_model(model_dir, fresh=False)
    first = make_trainer(cut, model_dir, folder, examples, **settings)
    first.add_callback(StopAfter(2))
    first.train()
    resumed = lora_model(model_dir, fresh=False)
    second = make_trainer(resumed, model_dir, folder, examples, **settings)
    second.train(resume_from_checkpoint=True)
    assert second.state.global_step == 4
    for name, weight in adapter_weights(whole).items():
        torch.testing.assert_close(adapter_weights(resumed)[name], weight)


def test_activation_checkpointing_gives_the_same_result(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    plain, checkpointed = lora_model(model_dir), lora_model(model_dir)
    make_trainer(plain, model_dir, tmp_path / "a", make_examples(2)).train()
    make_trainer(
        checkpointed, model_dir, tmp_path / "b", make_examples(2), activation_checkpointing=True
    ).train()
    for name, weight in adapter_weights(plain).items():
        torch.testing.assert_close(adapter_weights(checkpointed)[name], weight)


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


class StopAfter:
    """Ends training after some steps, as an interruption after a checkpoint would."""

    def __new__(cls, steps: int) -> Any:
        from transformers import TrainerCallback

        class Stop(TrainerCallback):
            def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
                control.should_training_stop = state.global_step >= steps
                return control

        return Stop()


def test_errors_name_the_example(model_dir: Path, tmp_path: Path, make_examples: MakeExamples) -> None:
    model = lora_model(model_dir)
    with pytest.raises(AltdError, match="training set is empty"):
        make_trainer(model, model_dir, tmp_path, [])
    with pytest.raises(AltdError, match="example e0 stands 2 times"):
        make_trainer(model, model_dir, tmp_path, make_examples(1) * 2)
    broken = [replace(make_examples(1)[0], id="shot-7", image=b"no picture")]
    with pytest.raises(ValueError, match="example shot-7: "):
        make_trainer(model, model_dir, tmp_path, broken).train()
    missing = [replace(make_examples(1)[0], id="shot-8", image=tmp_path / "gone.png")]
    with pytest.raises(ValueError, match=r"example shot-8: .*No such file"):
        make_trainer(model, model_dir, tmp_path, missing).train()
    long = [replace(make_examples(1)[0], id="shot-9", chosen="word " * 600)]
    with pytest.raises(ValueError, match=r"example shot-9: \d+ tokens, the model takes 512"):
        make_trainer(model, model_dir, tmp_path, long).train()
    special = [replace(make_examples(1)[0], id="shot-10", chosen="a </s> <image> trick")]
    with pytest.raises(ValueError, match="example shot-10: the answer"):
        make_trainer(model, model_dir, tmp_path, special).train()


def test_a_loss_that_is_not_a_number_names_the_example(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    model = lora_model(model_dir, fresh=False)
    trainer = make_trainer(model, model_dir, tmp_path, make_examples(1), precompute_ref_log_probs=False)
    with torch.no_grad():
        next(p for n, p in model.named_parameters() if ".lora_B.default" in n).fill_(torch.nan)
    with pytest.raises(AltdError, match="loss of example e0 is not a finite number"):
        trainer.train()


def test_a_model_without_adapter_is_refused(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    model = load_model(model_dir, "none").requires_grad_(False)
    with pytest.raises(AltdError, match="no trainable adapter"):
        make_trainer(model, model_dir, tmp_path, make_examples(1))


SGD = {"optim": "sgd", "learning_rate": 0.5, "lr_scheduler_type": "constant"}


def trained(model_dir: Path, folder: Path, examples: list[PreferenceExample], **settings: Any) -> Any:
    """The adapter after three steps of plain descent, which shows gradients as they are, and the trainer."""
    trainer = make_trainer(lora_model(model_dir, fresh=False), model_dir, folder, examples, **SGD | settings)
    trainer.train()
    return adapter_weights(trainer.model), trainer


@pytest.mark.parametrize(
    "settings",
    [
        {"row_microbatching": True},
        {"row_microbatching": True, "gradient_accumulation_steps": 2, "per_device_train_batch_size": 1},
        {"layout": "rows"},
        {"layout": "vision_shared", "row_microbatching": True},
        {"activation_checkpointing": True},
    ],
    ids=str,
)
def test_ways_to_save_memory_train_the_same_adapter(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples, settings: dict[str, Any]
) -> None:
    examples = [
        replace(each, weight=weight) for each, weight in zip(make_examples(4), (1, 0.5, 2, 1), strict=True)
    ]
    options = {"train_sampling_strategy": "sequential"}
    plain, trainer = trained(model_dir, tmp_path / "plain", examples, **options)
    saving, other = trained(model_dir, tmp_path / "saving", examples, **options | settings)
    for name, weight in plain.items():
        torch.testing.assert_close(saving[name], weight, rtol=1e-4, atol=1e-5)
    one, two = (each.state.log_history[1] for each in (trainer, other))
    assert one["margins/context_image"] == pytest.approx(two["margins/context_image"], abs=1e-4)
    assert one["loss"] == pytest.approx(two["loss"], abs=1e-5)


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


def test_settings_that_do_not_go_together_are_named(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    model, live = lora_model(model_dir), {"precompute_ref_log_probs": False}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"token_kl": 0.1}, "set precompute_ref_log_probs to false"),
        ({"token_kl": 0.1, "row_microbatching": True, **live}, "set one of them off"),
        ({"curriculum_chunks": 2, **live}, "set precompute_ref_log_probs to true"),
    ]
    for settings, message in wrong:
        with pytest.raises(AltdError, match=message):
            make_trainer(model, model_dir, tmp_path, make_examples(2), **settings)
    with pytest.raises(ValueError, match="preset must be one of"):
        make_trainer(model, model_dir, tmp_path, make_examples(2), preset="kto")


def test_dynamic_beta_is_logged_and_leaves_examples_out(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    beta = {"scale": 0.5, "keep": 0.5}
    _, trainer = trained(model_dir, tmp_path, make_examples(4), dynamic_beta=beta)
    logs = [entry for entry in trainer.state.log_history if "loss" in entry]
    assert [entry["keep"] for entry in logs] == [0.5] * 3
    assert logs[0]["beta"] == pytest.approx(0.1, abs=1e-4)
    assert len({entry["beta"] for entry in logs}) == 3
    assert "eval_beta" not in {**trainer.evaluate(), **trainer.state.log_history[-1]}


@pytest.mark.parametrize(
    ("length", "draws"), [({"max_steps": 5}, 10), ({"max_steps": -1, "num_train_epochs": 1.25}, 10)], ids=str
)
def test_the_hardest_examples_are_drawn_before_the_run_ends(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples, length: dict[str, Any], draws: int
) -> None:
    """A run need not end with a pass over the examples."""
    settings = {"curriculum_chunks": 2, **length}
    trainer = make_trainer(lora_model(model_dir), model_dir, tmp_path, make_examples(8), **settings)
    trainer.prepare_reference()
    sampler = trainer.get_train_dataloader().batch_sampler.sampler
    order = [*sampler.order(0), *sampler.order(1)][:draws]
    hardest = set(range(8)) - set(order[: draws // 2])
    assert len(hardest) == 4
    assert hardest & set(order)


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


def move(model: Any) -> None:
    """Change the adapter, so that the policy is no longer the reference."""
    torch.manual_seed(2)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".lora_B.default" in name:
                parameter.add_(0.05 * torch.randn_like(parameter))


def test_beta_follows_the_terms_in_force_also_after_an_evaluation(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    settings = {"dynamic_beta": {"scale": 0.5, "keep": 1.0}, "curriculum_terms": True}
    settings |= {"train_sampling_strategy": "sequential"}
    betas = []
    for when in ({}, {"eval_strategy": "steps", "eval_steps": 1}):
        _, trainer = trained(model_dir, tmp_path / str(len(when)), make_examples(4), **settings, **when)
        betas.append([entry["beta"] for entry in trainer.state.log_history if "beta" in entry])
    assert betas[0] == pytest.approx(betas[1], rel=1e-6)
    assert len(set(betas[0])) == 3


@pytest.mark.parametrize("precompute", [True, False], ids=["cached", "live"])
def test_a_partly_frozen_adapter_goes_on_partly_frozen(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples, precompute: bool
) -> None:
    def run(folder: str, steps: int, **settings: Any) -> dict[str, torch.Tensor]:
        model = lora_model(model_dir, fresh=False)
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(parameter.requires_grad and "projector" not in name)
        settings |= SGD | {"save_strategy": "steps", "save_steps": 2, "max_steps": 4}
        settings |= {"precompute_ref_log_probs": precompute}
        trainer = make_trainer(model, model_dir, tmp_path / folder, make_examples(4), **settings)
        trainer.add_callback(StopAfter(steps))
        trainer.train(resume_from_checkpoint=folder == "parts" and steps == 4)
        assert trainer.state.global_step == steps
        return adapter_weights(model)

    whole = run("whole", 4)
    run("parts", 2)
    parts = run("parts", 4)
    assert parts.keys() == whole.keys()
    for name, weight in whole.items():
        torch.testing.assert_close(parts[name], weight)


def test_a_curriculum_of_terms_and_examples(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    """First only the response counts, and only pairs that the reference tells apart are drawn."""
    examples = [replace(each, rejected="A picture.") for each in make_examples(4)]
    model = lora_model(model_dir, fresh=False)
    settings = {"curriculum_terms": True, "curriculum_chunks": 2, "max_steps": 4}
    trainer = make_trainer(model, model_dir, tmp_path, examples, **settings)
    trainer.prepare_reference()
    order = trainer.get_train_dataloader().batch_sampler.sampler.order(0)
    assert len(set(order)) == 2
    trainer.train()
    states = [TrainerState(max_steps=4, global_step=step) for step in range(4)]
    active = [objective_at(Objective(), trainer.args, state).weights.active() for state in states]
    assert [len(terms) for terms in active] == [1, 3, 6, 7]
