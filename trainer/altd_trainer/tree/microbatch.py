"""Rows scored and back-propagated one at a time: the memory of one row, for one more forward pass.

The loss needs all combinations of an example at once, its gradient does not: with the log-probabilities
known, every row's part is a fixed linear combination of them (GradCache's idea). So score without
gradient, differentiate the loss by the log-probabilities, and run the rows again with these coefficients.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from altd_trainer.collator import PreferenceBatch
from altd_trainer.families import family_of
from altd_trainer.logprobs import core_model, leaf_logps


@torch.no_grad()
def logps_by_rows(model: Any, batch: PreferenceBatch) -> Tensor:
    """As `leaf_logps`, a row at a time and without gradient."""
    rows = [leaf_logps(model, row_batch(model, batch, row)) for row in range(len(batch["input_ids"]))]
    return torch.stack(rows).sum(dim=0)


def accumulate_gradients(
    model: Any,
    batch: PreferenceBatch,
    coefficients: Tensor,
    backward: Callable[[Tensor], Any] = Tensor.backward,
    arithmetic: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> None:
    """Add the gradient of a loss to the parameters' `.grad`, a row at a time.

    Ranks exchange their gradients once, with the last row.

    Args:
        coefficients: (B, 2, 2, 2) the loss's derivative by each log-probability.
        backward: how to back-propagate a scalar; `Accelerator.backward` where there is one.
        arithmetic: what the model computes in; `Accelerator.autocast` where there is one.
    """
    last = len(batch["input_ids"]) - 1
    for row in range(last + 1):
        with nullcontext() if row == last else _without_exchange(model):
            with arithmetic():
                logps = leaf_logps(model, row_batch(model, batch, row))
            backward((logps * coefficients.to(logps)).sum())


def row_batch(model: Any, batch: PreferenceBatch, row: int) -> PreferenceBatch:
    """One row as a batch of its own, with the picture that it shows and without padding."""
    length = int(batch["attention_mask"][row].sum())
    own = batch["scores"][:, 0] == row
    image = batch["row_images"][row : row + 1]
    single = PreferenceBatch(**batch)
    single["scores"] = batch["scores"][own] - torch.tensor([row, 0, 0, 0, 0], device=own.device)
    single["score_weights"] = batch["score_weights"][own]
    single["vision"] = family_of(core_model(model).config).take_images(batch["vision"], image)
    single["row_images"] = torch.zeros_like(image)
    for name in ("input_ids", "attention_mask", "ends", "depths"):
        if name in batch:
            single[name] = batch[name][row : row + 1, :length]
    return single


def _without_exchange(model: Any) -> AbstractContextManager[None]:
    """Inside, data parallel training keeps gradients to itself."""
    exchange: AbstractContextManager[None] = model.no_sync() if hasattr(model, "no_sync") else nullcontext()
    return exchange
