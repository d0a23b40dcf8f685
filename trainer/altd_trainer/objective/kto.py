"""KTO (arXiv 2402.01306): each text by itself is likelier or less likely than the model's own drift.

No preference is needed, so that a text accepted alone counts as fully as one of a pair.
"""

import torch
from torch import Tensor


def kto_losses(ratios: Tensor, has_rejected: Tensor, beta: Tensor) -> Tensor:
    """The losses (B,), each the mean over the one or two texts of an example.

    The drift z0 is estimated as in the paper from texts under prompts that are not theirs: here from the
    chosen text beside the rejected picture in the rejected context, over the batch, without gradient.

    Args:
        ratios: (B, 2, 2, 2) log-ratios of policy and reference; `[0, 0, 0]`, `[0, 0, 1]`, `[1, 1, 0]` count.
        has_rejected: (B,) whether there is an undesirable text.
        beta: scalar or (B,).
    """
    drift = ratios[:, 1, 1, 0].detach().mean().clamp(min=0)
    desirable = 1 - torch.sigmoid(beta * (ratios[:, 0, 0, 0] - drift))
    both = (desirable + undesirable_losses(ratios[:, 0, 0, 1], drift, beta)) / 2
    return torch.where(has_rejected, both, desirable)


def undesirable_losses(ratios: Tensor, drift: Tensor, beta: Tensor | float) -> Tensor:
    """The losses (B,) of texts that should become less likely than the drift; each between 0 and 1.

    Args:
        ratios: (B,) log-ratios of policy and reference.
        drift: scalar z0, without gradient.
        beta: scalar or (B,).
    """
    return 1 - torch.sigmoid(beta * (drift - ratios))
