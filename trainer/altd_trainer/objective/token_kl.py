"""Sequence KL between reference and policy, for the token term of CHiP and TDPO."""

import torch
from torch import Tensor


def sequence_kl(policy_logits: Tensor, reference_logits: Tensor, scored: Tensor) -> Tensor:
    """KL(reference || policy) over the vocabulary, summed over the scored positions of each row.

    It needs the reference's distribution and not only the log-probability of one token, so it is
    computed from a live reference. Gradient flows into the policy only.

    Args:
        policy_logits: (R, T, V) at the positions that predict an answer's tokens.
        reference_logits: (R, T, V) of the reference.
        scored: (R, T) bool; logits elsewhere are never read.

    Returns:
        (R,) nats, float32 at least.
    """
    # where() before the logarithm: padding may hold anything, and 0 * inf is NaN
    kept = scored.unsqueeze(-1)
    policy, reference = (
        torch.where(kept, logits, torch.zeros_like(logits)) for logits in (policy_logits, reference_logits)
    )
    wide = torch.promote_types(policy.dtype, torch.float32)
    policy_logps = policy.to(wide).log_softmax(-1)
    reference_logps = reference.detach().to(wide).log_softmax(-1)
    return torch.nn.functional.kl_div(policy_logps, reference_logps, reduction="none", log_target=True).sum(
        dim=(1, 2)
    )
