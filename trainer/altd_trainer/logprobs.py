"""Log-probabilities of the eight combinations, one plain row each.

This is the straightforward computation: every row runs the whole model, images included. Faster layouts
are compared against it. Logits are made only for the columns in which some row is scored.
"""

from typing import Any

import torch
from torch import Tensor

from altd_trainer.collator import IGNORED, PreferenceBatch


def leaf_logps(model: Any, batch: PreferenceBatch) -> Tensor:
    """Summed log-probabilities (B, 2, 2, 2) [context, image, response] in nats, float32.

    The entries of a missing rejected response are 0. The model is called as a whole, so wrappers
    (adapters, data parallelism) see the call.
    """
    labels = batch["labels"]
    columns = _scored_columns(labels)
    pixels = batch["pixel_values"].to(getattr(model, "module", model).dtype)
    output = model(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        pixel_values=pixels[batch["row_images"]],
        logits_to_keep=columns,
        use_cache=False,
    )
    sums = summed_logps(output.logits, labels[:, columns + 1])
    table = sums.new_zeros(len(batch["has_rejected"]) * 8)
    return table.index_copy(0, batch["row_leaves"], sums).view(-1, 2, 2, 2)


def summed_logps(logits: Tensor, targets: Tensor) -> Tensor:
    """Sum over the scored positions of each row.

    Args:
        logits: (R, T, V) at the positions that predict `targets`.
        targets: (R, T) token ids, IGNORED where nothing is scored.

    Returns:
        (R,) float32 sums; float32 also for half-precision logits, whose sums would lose digits.
    """
    scored = targets != IGNORED
    index = targets.clamp(min=0).unsqueeze(-1)
    logits = logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits
    logps = logits.gather(-1, index).squeeze(-1) - logits.logsumexp(-1)
    return torch.where(scored, logps, torch.zeros_like(logps)).sum(-1)


def _scored_columns(labels: Tensor) -> Tensor:
    """Columns whose next token is scored in at least one row."""
    return (labels[:, 1:] != IGNORED).any(dim=0).nonzero().squeeze(-1)
