"""The loss itself.

Log-probabilities are tensors of shape `(batch, 2, 2, 2)` indexed `[example, context, image, response]`
with 0 = chosen and 1 = rejected. With D = log pi(y|c,m) - log pi_ref(y|c,m), and k over the seven losing
combinations, the released MCM-DPO loss (arXiv 2510.00647) is

    z    = sum_k (w_k / normaliser) * (D_www - D_k)
    loss = -log sigmoid(beta * z)

that is ONE log-sigmoid around the weighted sum. The normaliser is a constant: dropping a term (weight
0) does not scale the others up unless the objective renormalises. `separate` is the sum of the seven
log-sigmoids in its place, which is never smaller where the shares sum to one (Jensen).
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from altd_trainer.objective.kto import kto_losses
from altd_trainer.objective.options import Objective
from altd_trainer.objective.weights import LEAVES, PreferenceWeights


@dataclass(frozen=True)
class PreferenceLoss:
    """What the objective says about a batch.

    Attributes:
        losses: (batch,), with gradient; 0 for an example that `keep` leaves out.
        chosen_rewards: (batch,) beta * D_www, detached.
        rejected_rewards: (batch,) beta * D of the rejected response for the chosen image and context,
            detached; NaN for an example that has no rejected response.
        margins: for each of the seven preferences (batch,) beta * (D_www - D_k), detached; NaN where
            the example has no such combination.
        log_ratio: (batch,) D_www, detached, without entropy and beta. The gap can grow while it falls.
        gaps: (batch,) z, detached; NaN for an example to which no preference applies.
    """

    losses: Tensor
    chosen_rewards: Tensor
    rejected_rewards: Tensor
    margins: dict[str, Tensor]
    log_ratio: Tensor
    gaps: Tensor


@dataclass(frozen=True)
class LeafGradients:
    """Derivatives of the summed losses: `logps` (batch, 2, 2, 2), `kl` (batch, 2) or None without KL."""

    logps: Tensor
    kl: Tensor | None


@dataclass(frozen=True)
class _Comparison:
    """Preferences of a batch before any sigmoid; unread entries are 0."""

    there: Tensor  # (B, 2, 2, 2) bool, whether an example has the combination
    shares: Tensor  # (B, 2, 2, 2) weight / normaliser of each preference, 0 where it is not in force
    ratios: Tensor  # (B, 2, 2, 2) D, the policy's part times 1 + entropy
    penalty: Tensor  # (B,) the token KL's part of the gap

    @property
    def margins(self) -> Tensor:
        """(B, 2, 2, 2) D_www - D_k at the index of each loser."""
        return self.ratios[:, :1, :1, :1] - self.ratios

    @property
    def gaps(self) -> Tensor:
        """(B,) z."""
        return (self.shares * self.margins).sum(dim=(1, 2, 3)) - self.penalty

    @property
    def known_gaps(self) -> Tensor:
        """(B,) z detached, NaN where no preference is in force."""
        return self.gaps.detach().where(self.shares.sum(dim=(1, 2, 3)) > 0, torch.nan)


def preference_loss(
    policy: Tensor,
    reference: Tensor,
    objective: Objective,
    *,
    has_rejected: Tensor | None = None,
    response_only: Tensor | None = None,
    lengths: Tensor | None = None,
    kl: Tensor | None = None,
    beta: Tensor | float | None = None,
    keep: Tensor | None = None,
) -> PreferenceLoss:
    """Score a batch.

    The only things with gradient are `policy` and `kl`, whose derivatives are a few numbers per example:
    `loss_and_gradients` gives them at the cost of autograd on these small tensors, and a model can then
    be back-propagated row by row with `(gradient * row_logp).backward()`.

    Args:
        policy: (batch, 2, 2, 2) summed log-probabilities of response and end token, in nats.
        reference: the same of the reference model; no gradient flows into it.
        objective: what to compute.
        has_rejected: (batch,) bool; an example marked False counts only through the image, the context
            and the context+image preference.
        response_only: (batch,) bool; an example marked True counts only through the response preference.
        lengths: (batch,) tokens of the chosen response (the sum of their weights where segments are
            weighted); wanted by `objective.sft`.
        kl: (batch, 2) sequence KL of chosen and rejected response for the chosen image and context;
            wanted by `objective.token_kl`.
        beta: scalar or (batch,), in place of the objective's; no gradient flows through it.
        keep: (batch,) bool, or float to scale what is kept; the losses are multiplied by it.

    Entries of a combination without weight, or of something rejected that is not there, are never read and
    may be anything.

    Raises:
        ValueError: when shapes do not fit or something that the objective wants is missing.
    """
    compared = _compare(policy, reference, objective, has_rejected, response_only, kl)
    strength = torch.as_tensor(
        objective.beta if beta is None else beta, dtype=policy.dtype, device=policy.device
    ).detach()
    if strength.dim():
        _check_batch("beta", strength, policy)
    ratios = policy[:, 0, 0, 0] - reference[:, 0, 0, 0].detach()
    preferred = _flags(policy, has_rejected)
    if objective.aggregation == "unpaired":
        losses = kto_losses(compared.ratios, preferred, strength)
    else:
        losses = _preference_losses(compared, objective, strength)
    if objective.anchor:
        losses = losses - objective.anchor * logsigmoid(strength * ratios)
    if objective.sft:
        losses = losses - objective.sft * policy[:, 0, 0, 0] / _lengths(lengths, policy) * preferred
    if keep is not None:
        _check_batch("keep", keep, policy)
        losses = losses * keep.to(losses)
    return PreferenceLoss(
        losses=losses,
        **_rewards(policy, reference, objective, strength, compared.there),
        log_ratio=ratios.detach(),
        gaps=compared.known_gaps,
    )


def preference_gaps(
    policy: Tensor,
    reference: Tensor,
    objective: Objective,
    *,
    has_rejected: Tensor | None = None,
    response_only: Tensor | None = None,
    kl: Tensor | None = None,
) -> Tensor:
    """z of each example (batch,) in nats, detached and before beta: what `BetaController` decides on.

    NaN for an example to which no preference applies. Arguments and errors are those of
    `preference_loss`.
    """
    return _compare(policy.detach(), reference, objective, has_rejected, response_only, kl).known_gaps


def loss_and_gradients(
    policy: Tensor,
    reference: Tensor,
    objective: Objective,
    *,
    kl: Tensor | None = None,
    **options: Any,
) -> tuple[PreferenceLoss, LeafGradients]:
    """The loss, detached, and d(sum of losses)/d(policy) and /d(kl).

    Arguments and errors are those of `preference_loss`.
    """
    policy = policy.detach().requires_grad_(True)
    kl = None if kl is None else kl.detach().requires_grad_(True)
    with torch.enable_grad():
        out = preference_loss(policy, reference, objective, kl=kl, **options)
        inputs = [policy] if kl is None else [policy, kl]
        gradients = torch.autograd.grad(out.losses.sum(), inputs, allow_unused=True, materialize_grads=True)
    detached = PreferenceLoss(**{**vars(out), "losses": out.losses.detach()})
    return detached, LeafGradients(gradients[0], None if kl is None else gradients[1])


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
        policy_logps: as in `preference_loss`.
        reference_logps: likewise.
        weights: of the seven preferences; None means the released ones.
        beta: strength of the pull to the reference.
        has_rejected: as in `preference_loss`.

    Raises:
        ValueError: when the shapes do not fit.
    """
    objective = Objective(weights=weights or PreferenceWeights(), beta=beta)
    return preference_loss(policy_logps, reference_logps, objective, has_rejected=has_rejected)


def _compare(
    policy: Tensor,
    reference: Tensor,
    objective: Objective,
    has_rejected: Tensor | None,
    response_only: Tensor | None,
    kl: Tensor | None,
) -> _Comparison:
    _check_shapes(policy, reference, has_rejected, response_only)
    flags = _flags(policy, has_rejected)
    there = _there(policy, flags, response_only)
    shares = _shares(policy, objective, flags, response_only)
    read = shares > 0
    read[:, 0, 0, 0] = True
    ratios = (1 + objective.entropy) * policy - reference.detach()
    return _Comparison(
        there=there,
        shares=shares,
        # where() before any product: an unread entry may be anything, and 0 * inf is NaN
        ratios=torch.where(read, ratios, torch.zeros_like(ratios)),
        penalty=_penalty(policy, objective, flags, kl),
    )


def _there(policy: Tensor, has_rejected: Tensor, response_only: Tensor | None) -> Tensor:
    """(B, 2, 2, 2) which combinations the examples have."""
    there = torch.ones_like(policy, dtype=torch.bool)
    there[..., 1] = has_rejected[:, None, None]
    if response_only is not None:
        there[response_only, 1] = False
        there[response_only, :, 1] = False
    return there


def _shares(
    policy: Tensor, objective: Objective, has_rejected: Tensor, response_only: Tensor | None
) -> Tensor:
    """(B, 2, 2, 2) the weights in force, over their normaliser."""

    def table(has_rejected: bool, response_only: bool = False) -> Tensor:
        return objective.weights.table(has_rejected, objective.renormalise, response_only).to(policy)

    shares = torch.where(has_rejected[:, None, None, None], table(True), table(False))
    if response_only is None:
        return shares
    return torch.where(response_only[:, None, None, None], table(True, response_only=True), shares)


def _penalty(policy: Tensor, objective: Objective, flags: Tensor, kl: Tensor | None) -> Tensor:
    if not objective.token_kl:
        return policy.new_zeros(len(policy))
    if kl is None or kl.shape != (len(policy), 2):
        given = "nothing" if kl is None else tuple(kl.shape)
        raise ValueError(f"token_kl wants kl ({len(policy)}, 2) of chosen and rejected answer, not {given}")
    difference = kl[:, 1] - kl[:, 0].detach()
    return objective.token_kl * torch.where(flags, difference, torch.zeros_like(difference)).to(policy)


def _preference_losses(compared: _Comparison, objective: Objective, beta: Tensor) -> Tensor:
    if objective.aggregation == "inside":
        return -logsigmoid(beta * compared.gaps)
    margins = compared.margins
    penalties = torch.zeros_like(margins)
    penalties[:, 0, 0, 1] = compared.penalty
    terms = -logsigmoid(beta.reshape(-1, 1, 1, 1) * (margins - penalties))
    return (compared.shares * terms).sum(dim=(1, 2, 3))


def _rewards(
    policy: Tensor, reference: Tensor, objective: Objective, beta: Tensor, there: Tensor
) -> dict[str, Any]:
    ratios = ((1 + objective.entropy) * policy - reference).detach()
    rewards = torch.where(there, beta.reshape(-1, 1, 1, 1) * ratios, torch.nan)
    chosen = rewards[:, 0, 0, 0]
    return {
        "chosen_rewards": chosen,
        "rejected_rewards": rewards[:, 0, 0, 1],
        "margins": {name: chosen - rewards[(slice(None), *leaf)] for name, leaf in LEAVES.items()},
    }


def _flags(policy: Tensor, has_rejected: Tensor | None) -> Tensor:
    if has_rejected is None:
        return torch.ones(len(policy), dtype=torch.bool, device=policy.device)
    return has_rejected


def _lengths(lengths: Tensor | None, policy: Tensor) -> Tensor:
    if lengths is None:
        raise ValueError("the sft term wants the lengths of the chosen responses")
    _check_batch("lengths", lengths, policy)
    return lengths.to(policy)


def _check_shapes(
    policy: Tensor, reference: Tensor, has_rejected: Tensor | None, response_only: Tensor | None
) -> None:
    if policy.shape[1:] != (2, 2, 2) or policy.shape != reference.shape:
        raise ValueError(
            "log-probabilities must both be (batch, 2, 2, 2) [context, image, response], "
            f"not {tuple(policy.shape)} and {tuple(reference.shape)}"
        )
    for name, marks in (("has_rejected", has_rejected), ("response_only", response_only)):
        if marks is not None:
            _check_batch(name, marks, policy)


def _check_batch(name: str, value: Tensor, policy: Tensor) -> None:
    if value.shape != policy.shape[:1]:
        raise ValueError(f"{name} must be ({len(policy)},), not {tuple(value.shape)}")
