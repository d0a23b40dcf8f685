"""Rows scored and back-propagated one at a time: the memory of one row, for another pass of the rest.

The loss needs all combinations of an example at once, its gradient does not: with the log-probabilities
known, every row's part is a fixed linear combination of them (GradCache's idea). So score all rows but
the last without gradient and the last one with it, differentiate the loss by the log-probabilities,
back-propagate the last row, and run the others again with their coefficients.
"""

from collections.abc import Callable, Iterable
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
    return _sum(model, batch, range(len(batch["input_ids"])))


def accumulate_gradients(
    model: Any,
    batch: PreferenceBatch,
    differentiate: Callable[[Tensor], Tensor],
    backward: Callable[[Tensor], Any] = Tensor.backward,
    arithmetic: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> None:
    """Add the gradient of a loss to the parameters' `.grad`, with the activations of one row at a time.

    Ranks exchange their gradients once, with the row that comes last.

    Args:
        differentiate: called once with the log-probabilities (B, 2, 2, 2), detached; returns the loss's
            derivative by each of them.
        backward: how to back-propagate a scalar; `Accelerator.backward` where there is one.
        arithmetic: what the model computes in; `Accelerator.autocast` where there is one.
    """
    *others, kept = range(len(batch["input_ids"]))
    with torch.no_grad(), arithmetic():
        known = _sum(model, batch, others)
    with _without_exchange(model) if others else nullcontext():
        with arithmetic():
            logps = leaf_logps(model, row_batch(model, batch, kept))
        coefficients = differentiate(known + logps.detach())
        backward((logps * coefficients.to(logps)).sum())
    for row in others:
        with nullcontext() if row == others[-1] else _without_exchange(model):
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


def _sum(model: Any, batch: PreferenceBatch, rows: Iterable[int]) -> Tensor:
    """(B, 2, 2, 2); combinations in other rows are 0."""
    parts = [leaf_logps(model, row_batch(model, batch, row)) for row in rows]
    return torch.stack(parts).sum(dim=0) if parts else torch.zeros(())
