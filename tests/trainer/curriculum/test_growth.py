"""An adapter whose rank grows during a run of stage 2."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from altd.errors import AltdError
from altd.models.loading import load_model
from altd_trainer.curriculum import grow_rank
from altd_trainer.failures import require_growable
from altd_trainer.logprobs import leaf_logps
from altd_trainer.paradigms import Paradigm, load_policy
from altd_trainer.reference import as_reference
from altd_trainer.trainer import MCMDPOTrainer

from ..preference_runs import MakeExamples, StopAfter, adapter_weights, lora_model, make_trainer

RANKS = {"curriculum_ranks": [4, 6, 9], "max_steps": 6}


def rank(model: Any) -> int:
    return int(model.peft_config["default"].r)


def moments(trainer: MCMDPOTrainer) -> dict[str, torch.Tensor]:
    state = trainer.optimizer.state
    return {n: state[p]["exp_avg"].clone() for n, p in trainer.model.named_parameters() if p in state}


class Watch:
    """Notes rank, answers and moments right before and right after every growth of a trainer."""

    def __init__(self, trainer: MCMDPOTrainer, batch: Any) -> None:
        self.seen: list[tuple[int, int, int]] = []
        self._growth, self._trainer, self._batch = trainer._growth, trainer, batch
        trainer._growth = self  # type: ignore[assignment]

    @torch.no_grad()
    def grow(self, model: Any, optimizer: Any, state: Any) -> None:
        old, logps, kept = rank(model), leaf_logps(model, self._batch), moments(self._trainer)
        assert self._growth is not None
        self._growth.grow(model, optimizer, state)
        torch.testing.assert_close(leaf_logps(model, self._batch), logps, rtol=0, atol=1e-4)
        now = moments(self._trainer)
        assert now.keys() == kept.keys()
        for name, before in kept.items():
            torch.testing.assert_close(now[name][tuple(map(slice, before.shape))], before, rtol=0, atol=0)
        self.seen.append((state.global_step, old, rank(model)))


def test_the_rank_grows_at_its_step_and_the_function_and_the_moments_stay(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    examples = make_examples(4)
    trainer = make_trainer(lora_model(model_dir, fresh=False), model_dir, tmp_path, examples, **RANKS)
    watch = Watch(trainer, trainer.data_collator(examples))
    trainer.train()
    assert watch.seen == [(0, 4, 4), (1, 4, 4), (2, 4, 6), (3, 6, 6), (4, 6, 9), (5, 9, 9)]
    for name, weight in adapter_weights(trainer.model).items():
        assert weight.shape[".lora_B." in name] == 9
        new = weight.narrow(int(".lora_B." in name), 6, 3)
        assert new.any(), name
    assert len(moments(trainer)) == len(adapter_weights(trainer.model))


@pytest.mark.parametrize("precompute", [True, False], ids=["cached", "live"])
def test_the_reference_stays_the_initial_policy(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples, precompute: bool
) -> None:
    examples = make_examples(3)
    model = lora_model(model_dir, fresh=False)
    settings = {"precompute_ref_log_probs": precompute, "save_strategy": "steps", "save_steps": 6, **RANKS}
    trainer = make_trainer(model, model_dir, tmp_path, examples, **settings)
    batch = trainer.data_collator(examples)
    with torch.no_grad():
        initial = leaf_logps(model.eval(), batch)
    trainer.train()
    with torch.no_grad():
        assert (leaf_logps(model, batch) - initial).abs().max() > 0.01
        torch.testing.assert_close(trainer._reference_logps(model, batch), initial, rtol=0, atol=1e-4)
    saved = {path.parent: json.loads(path.read_text())["r"] for path in tmp_path.rglob("adapter_config.json")}
    last = tmp_path / "checkpoint-6"
    assert saved == {last: 9} | ({} if precompute else {last / "reference": 4})


@pytest.mark.parametrize("precompute", [True, False], ids=["cached", "live"])
@pytest.mark.parametrize("stop", [2, 3], ids=["just before a growth", "between two"])
def test_a_run_that_is_taken_up_again_ends_like_one_that_was_not(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples, precompute: bool, stop: int
) -> None:
    def run(folder: str, steps: int) -> dict[str, torch.Tensor]:
        model = lora_model(model_dir, fresh=False)
        settings = {"save_strategy": "steps", "save_steps": stop, "precompute_ref_log_probs": precompute}
        trainer = make_trainer(model, model_dir, tmp_path / folder, make_examples(4), **RANKS | settings)
        trainer.add_callback(StopAfter(steps))
        trainer.train(resume_from_checkpoint=folder == "parts" and steps == 6)
        assert trainer.state.global_step == steps
        return adapter_weights(model)

    whole = run("whole", 6)
    run("parts", stop)
    parts = run("parts", 6)
    assert parts.keys() == whole.keys()
    for name, weight in whole.items():
        torch.testing.assert_close(parts[name], weight)


def test_the_adapter_that_is_written_is_the_one_that_was_trained(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    examples = make_examples(2)
    model = lora_model(model_dir)
    trainer = make_trainer(model, model_dir, tmp_path, examples, **RANKS)
    trainer.train()
    model.save_pretrained(tmp_path / "adapter", save_embedding_layers=False)
    weights = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert {weight.shape[".lora_B." in name] for name, weight in weights.items()} == {9}
    batch = trainer.data_collator(examples)
    loaded = load_model(model_dir, "none", adapter=tmp_path / "adapter")
    with torch.no_grad():
        torch.testing.assert_close(leaf_logps(loaded, batch), leaf_logps(model.eval(), batch))


def test_what_cannot_grow_is_refused(model_dir: Path, tmp_path: Path, make_examples: MakeExamples) -> None:
    model, examples = lora_model(model_dir), make_examples(2)
    refused = [
        (
            {"optim": "adamw_bnb_8bit"},
            AltdError,
            "no adamw_bnb_8bit state over: set optim to",
        ),
        ({"optim": "adafactor"}, AltdError, "no adafactor state"),
        (
            {"curriculum_ranks": [2, 8]},
            AltdError,
            "has rank 4 and can only grow: begin",
        ),
        ({"curriculum_ranks": [8, 8]}, ValueError, "ranks must rise"),
        ({"curriculum_ramp": 2.0}, ValueError, "ramp in"),
    ]
    for settings, kind, message in refused:
        with pytest.raises(kind, match=message):
            make_trainer(model, model_dir, tmp_path, examples, **RANKS | settings)
    best = {"load_best_model_at_end": True, "eval_strategy": "no", "save_strategy": "no"}
    with pytest.raises(AltdError, match="set load_best_model_at_end to false"):
        make_trainer(model, model_dir, tmp_path, examples, **RANKS | best)
    trainer = make_trainer(model, model_dir, tmp_path, examples, **RANKS)
    with pytest.raises(AltdError, match="curriculum_ranks wants one process"):
        require_growable(model, trainer.args, sharded=True)


def test_full_training_and_other_adapters_have_no_rank_to_grow(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    examples = make_examples(2)
    whole = load_policy(model_dir, Paradigm("frozen", "full"), "none")
    with pytest.raises(AltdError, match="set adapter to lora"):
        make_trainer(whole, model_dir, tmp_path, examples, adapter="full", **RANKS)
    model = lora_model(model_dir)
    model.merge_adapter()
    with pytest.raises(ValueError, match="only plain, unmerged LoRA"):
        make_trainer(model, model_dir, tmp_path, examples, **RANKS)


def test_the_reference_adapter_is_not_grown(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    model = lora_model(model_dir, fresh=False)
    trainer = make_trainer(
        model, model_dir, tmp_path, make_examples(2), precompute_ref_log_probs=False, **RANKS
    )
    batch = trainer.data_collator(make_examples(2))
    with torch.no_grad(), as_reference(model):
        before = leaf_logps(model.eval(), batch)
    grow_rank(model, 9)
    assert model.peft_config["reference"].r == 4
    with torch.no_grad(), as_reference(model):
        torch.testing.assert_close(leaf_logps(model, batch), before)
