"""Tokens that training never met can be learned afterwards."""

import torch
from torch import Tensor

from altd.models.catalogue import BUNDLED, find_model
from altd.models.loading import load_model, load_processor
from altd_trainer.bundled import ModelSizes, create_model, create_processor, part_unlearned

from .test_pretrain import SIZES


def alike(rows: Tensor) -> Tensor:
    """Cosines (N, N) of other rows."""
    unit = torch.nn.functional.normalize(rows.float(), dim=1)
    return (unit @ unit.T).fill_diagonal_(0)


def test_tokens_that_ended_up_as_one_are_parted_and_no_other_moves() -> None:
    sizes = ModelSizes(**SIZES)
    processor = create_processor(sizes, 1, 20)
    model = create_model(sizes, processor, 1)
    rows = model.get_input_embeddings().weight
    with torch.no_grad():
        rows[:90] = torch.randn(sizes.hidden_size) + 0.01 * torch.randn(90, sizes.hidden_size)
    before = rows.detach().clone()
    assert alike(before[:90]).max() > 0.99
    assert part_unlearned(model, processor, seed=1) == 90
    assert alike(rows.detach()[:90]).max() < 0.95
    assert torch.equal(rows[90:], before[90:])
    again = create_model(sizes, processor, 1)
    with torch.no_grad():
        again.get_input_embeddings().weight.copy_(before)
    part_unlearned(again, processor, seed=1)
    assert torch.equal(again.get_input_embeddings().weight, rows)


def test_the_bundled_model_tells_signs_apart_that_it_never_met() -> None:
    directory = find_model(BUNDLED).directory
    rows = load_model(directory, "none").get_input_embeddings().weight.detach()
    tokens = load_processor(directory).tokenizer.convert_tokens_to_ids([*'"#$%&QX{}', "<pad>"])
    assert alike(rows[tokens]).max() < 0.8  # 0.99 once: none of them could be said with more than 1 in 20
