"""The curriculum of a run: which terms count and which examples come first."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerState

from altd_trainer.curriculum import objective_at
from altd_trainer.objective import Objective

from ..preference_runs import MakeExamples, lora_model, make_trainer


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
