"""The MCM-DPO objective as a pure function of log-probabilities (arXiv 2510.00647).

Log-probabilities are tensors of shape `(batch, 2, 2, 2)` indexed `[example, context, image, response]`
with 0 = chosen and 1 = rejected. With D = log pi(y|c,m) - log pi_ref(y|c,m) the released loss is

    z    = D_www - sum_k (w_k / normaliser) * D_k        over the seven losing combinations k
    loss = -log sigmoid(beta * z)

that is ONE log-sigmoid around the weighted sum. The normaliser is a constant: dropping a term (weight
0) does not scale the others up, and the winner's coefficient is the sum of the weights in force divided
by the normaliser, which is 1 for the defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

Leaf = tuple[int, int, int]

LEAVES: Mapping[str, Leaf] = {
    "response": (0, 0, 1),
    "image": (0, 1, 0),
    "context": (1, 0, 0),
    "context_response": (1, 0, 1),
    "image_response": (0, 1, 1),
    "context_image": (1, 1, 0),
    "context_image_response": (1, 1, 1),
}
"""Index `[context, image, response]` of each losing combination, by the name of its weight."""


@dataclass(frozen=True)
class PreferenceWeights:
    """Weights of the seven preferences; the defaults are the released ones, the normaliser their sum.

    Raises:
        ValueError: when a weight is negative, all are zero or the normaliser is not positive.
    """

    response: float = 1.0
    image: float = 0.5
    context: float = 0.5
    context_response: float = 0.2
    image_response: float = 0.2
    context_image: float = 0.2
    context_image_response: float = 0.2
    normaliser: float = 2.8

    def __post_init__(self) -> None:
        values = [getattr(self, name) for name in LEAVES]
        if min(values) < 0 or max(values) == 0 or self.normaliser <= 0:
            given = {field.name: getattr(self, field.name) for field in fields(self)}
            raise ValueError(f"weights must be >= 0, one of them and the normaliser > 0: {given}")

    def coefficients(self, has_rejected: bool = True) -> Tensor:
        """Coefficients of D in z, shape (2, 2, 2), float64.

        Args:
            has_rejected: False leaves out the four terms with a rejected response.
        """
        table = torch.zeros(2, 2, 2, dtype=torch.float64)
        for name, leaf in LEAVES.items():
            if has_rejected or leaf[2] == 0:
                table[leaf] = -getattr(self, name) / self.normaliser
        table[0, 0, 0] = -table.sum()
        return table


PLAIN_DPO = PreferenceWeights(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, normaliser=1.0)
"""Weights that make the objective plain DPO, where the response pair counts fully."""


@dataclass(frozen=True)
class PreferenceLoss:
    """What the objective says about a batch.

    Attributes:
        losses: (batch,), with gradient.
        chosen_rewards: (batch,) beta * D_www, detached.
        rejected_rewards: (batch,) beta * D of the rejected response for the chosen image and context,
            detached; NaN for an example that has no rejected response.
        margins: for each of the seven preferences (batch,) beta * (D_www - D_k), detached; NaN where
            the preference needs a rejected response and the example has none.
    """

    losses: Tensor
    chosen_rewards: Tensor
    rejected_rewards: Tensor
    margins: dict[str, Tensor]


def mcm_dpo_loss(
    policy_logps: Tensor,
    reference_logps: Tensor,
    *,
    weights: PreferenceWeights | None = None,
    beta: float = 0.1,
    has_rejected: Tensor | None = None,
) -> PreferenceLoss:
    """Score a batch with the released closed form (LVUGAI/MCM-DPO `mcmdpo_loss`).

    Args:
        policy_logps: (batch, 2, 2, 2) summed log-probabilities of response and end token, in nats.
        reference_logps: the same of the reference model; no gradient flows into it.
        weights: of the seven preferences; None means the released ones.
        beta: strength of the pull to the reference.
        has_rejected: (batch,) bool; an example marked False counts only through the image, the context
            and the context+image preference, and its entries with a rejected response are never read.

    Raises:
        ValueError: when the shapes do not fit.
    """
    _check_shapes(policy_logps, reference_logps, has_rejected)
    weights = weights or PreferenceWeights()
    ratios = policy_logps - reference_logps.detach()
    if has_rejected is None:
        has_rejected = torch.ones(len(ratios), dtype=torch.bool, device=ratios.device)
    scored = torch.ones_like(ratios, dtype=torch.bool)
    scored[..., 1] = has_rejected[:, None, None]
    # where() before the product: an unread entry may be anything, and 0 * inf is NaN
    ratios = torch.where(scored, ratios, torch.zeros_like(ratios))
    full, partial = (weights.coefficients(flag).to(ratios) for flag in (True, False))
    coefficients = torch.where(has_rejected[:, None, None, None], full, partial)
    losses = -logsigmoid(beta * (coefficients * ratios).sum(dim=(1, 2, 3)))
    rewards = torch.where(scored, beta * ratios.detach(), torch.nan)
    chosen = rewards[:, 0, 0, 0]
    return PreferenceLoss(
        losses=losses,
        chosen_rewards=chosen,
        rejected_rewards=rewards[:, 0, 0, 1],
        margins={name: chosen - rewards[(slice(None), *leaf)] for name, leaf in LEAVES.items()},
    )


def _check_shapes(policy: Tensor, reference: Tensor, has_rejected: Tensor | None) -> None:
    if policy.shape[1:] != (2, 2, 2) or policy.shape != reference.shape:
        raise ValueError(
            "log-probabilities must both be (batch, 2, 2, 2) [context, image, response], "
            f"not {tuple(policy.shape)} and {tuple(reference.shape)}"
        )
    if has_rejected is not None and has_rejected.shape != policy.shape[:1]:
        raise ValueError(f"has_rejected must be ({len(policy)},), not {tuple(has_rejected.shape)}")
