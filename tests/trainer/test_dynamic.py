"""beta-DPO in a run: one decision for each optimiser step."""

from pathlib import Path

import pytest

from .preference_runs import MakeExamples, trained


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
