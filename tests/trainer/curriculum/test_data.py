"""Order of the examples, by hand, by its properties, and inside a real `Trainer`."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from transformers import PrinterCallback, Trainer, TrainingArguments

from altd_trainer.curriculum import CurriculumSampler, cumulative_chunks, gap_per_token

SCORES = [0.5, -1.0, 2.0, 0.1, 1.5, -0.2, 0.9, 0.3]
ORDER = [2, 4, 6, 0, 7, 3, 5, 1]


def test_chunks_by_hand() -> None:
    assert cumulative_chunks(SCORES, 4) == [ORDER[:2], ORDER[:4], ORDER[:6], ORDER]
    assert cumulative_chunks(SCORES, 3) == [ORDER[:3], ORDER[:6], ORDER]
    assert cumulative_chunks([0.0, math.nan, 1.0, 0.0, math.nan], 1) == [[2, 0, 3, 1, 4]]


@pytest.mark.parametrize("count", [0, 9])
def test_chunks_without_examples_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="8 examples cannot make"):
        cumulative_chunks(SCORES, count)


def test_gap_per_token_by_hand() -> None:
    logps = torch.zeros(2, 2, 2, 2)
    # -6 nats over 4 tokens against -10 over 5: -1.5 + 2
    logps[0, 0, 0] = torch.tensor([-6.0, -10.0])
    logps[1, 0, 0] = torch.tensor([-6.0, 0.0])
    gaps = gap_per_token(logps, torch.tensor([4, 4]), torch.tensor([5, 0]))
    assert gaps[0].item() == 0.5
    assert gaps[1].isnan()


def test_a_run_by_hand() -> None:
    # 2 passes of 8 draws in 4 stages of 4: chunks of 2, 4, 6 and 8
    sampler = CurriculumSampler(SCORES, 4, draws=16)
    run = sampler.order(0) + sampler.order(1)
    assert Counter(run[:4]) == dict.fromkeys(ORDER[:2], 2)
    assert sorted(run[4:8]) == sorted(ORDER[:4])
    assert len(set(run[8:12])) == 4
    assert set(run[8:12]) <= set(ORDER[:6])
    assert len(set(run[12:])) == 4
    # beyond the run: everything, the shuffle that the last stage began going on
    assert sorted(run[12:] + sampler.order(2)[:4]) == list(range(8))


@given(
    st.lists(st.floats(-5, 5), min_size=1, max_size=30),
    st.integers(1, 6),
    st.integers(1, 80),
    st.floats(0.1, 1),
    st.integers(0, 5),
)
@settings(max_examples=80, deadline=None)
def test_order_is_deterministic_and_never_ahead(
    scores: list[float], count: int, draws: int, ramp: float, seed: int
) -> None:
    count = min(count, len(scores))
    sampler, again = (CurriculumSampler(scores, count, draws, seed, ramp) for _ in range(2))
    chunks = cumulative_chunks(scores, count)
    size = len(scores)
    seen = 0
    epochs = -(-draws // size)
    for epoch in range(epochs + 1):
        order = sampler.order(epoch)
        assert len(order) == len(sampler) == size
        again.set_epoch(epoch)
        assert list(again) == order
        for index in order:
            reached = min(int(seen * count / (ramp * draws) + 1e-9), count - 1)
            assert index in chunks[reached]
            seen += 1
    assert sorted(CurriculumSampler(scores, 1, draws, seed).order(epochs)) == list(range(size))


class Notebook(nn.Module):
    """A model that writes down which examples it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.seen: list[int] = []

    def forward(self, index: Tensor) -> dict[str, Tensor]:
        self.seen += index.tolist()
        return {"loss": self.weight.sum() ** 2}


class CurriculumTrainer(Trainer):  # type: ignore[misc]
    def _get_train_sampler(self, train_dataset: Any = None) -> CurriculumSampler:
        return CurriculumSampler(SCORES, 4, draws=16)


def run(folder: Path, **arguments: Any) -> tuple[Notebook, Trainer]:
    model = Notebook()
    trainer = CurriculumTrainer(
        model,
        TrainingArguments(
            str(folder),
            per_device_train_batch_size=2,
            num_train_epochs=2,
            report_to="none",
            disable_tqdm=True,
            use_cpu=True,
            dataloader_pin_memory=False,
            **arguments,
        ),
        train_dataset=[{"index": index} for index in range(8)],
        data_collator=lambda rows: {"index": torch.tensor([row["index"] for row in rows])},
    )
    trainer.remove_callback(PrinterCallback)
    return model, trainer


def test_the_library_follows_it_and_resumes_in_the_middle_of_a_pass(tmp_path: Path) -> None:
    sampler = CurriculumSampler(SCORES, 4, draws=16)
    expected = sampler.order(0) + sampler.order(1)
    model, trainer = run(tmp_path, save_strategy="steps", save_steps=3)
    trainer.train()
    assert trainer.state.global_step == 8
    assert model.seen == expected
    # after step 6, two batches into the second pass
    model, trainer = run(tmp_path, save_strategy="no")
    trainer.train(resume_from_checkpoint=str(tmp_path / "checkpoint-6"))
    assert model.seen == expected[12:]
