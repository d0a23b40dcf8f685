"""What a preference batch says in numbers, under TRL's names."""

from collections.abc import Collection

from torch import Tensor

from altd_trainer.collator import ALL_LEAVES, Leaf
from altd_trainer.objective import LEAVES, PreferenceLoss


def preference_metrics(
    loss: PreferenceLoss,
    policy_logps: Tensor,
    has_rejected: Tensor,
    leaves: Collection[Leaf] = ALL_LEAVES,
) -> dict[str, Tensor]:
    """One value (B,) per metric and example; NaN where a metric needs what is not there.

    That is a rejected response, or a combination that was not computed.

    Args:
        loss: of the batch.
        policy_logps: (B, 2, 2, 2) that the loss was made from.
        has_rejected: (B,) bool.
        leaves: the combinations that were computed.
    """
    nothing = loss.losses.new_tensor(float("nan"))
    margins = {
        name: margin if LEAVES[name] in leaves else nothing.expand_as(margin)
        for name, margin in loss.margins.items()
    }
    response = margins["response"]
    known = ~response.isnan()
    logps = policy_logps.detach()[:, 0, 0]
    values = {
        "rewards/chosen": loss.chosen_rewards,
        "rewards/rejected": loss.rejected_rewards.where(known, nothing),
        "rewards/accuracies": (response > 0).to(response).where(known, nothing),
        "rewards/margins": response,
        "log_ratios/chosen": loss.log_ratio,
        "logps/chosen": logps[:, 0],
        "logps/rejected": logps[:, 1].where(has_rejected & known, nothing),
    }
    return values | {f"margins/{name}": margin for name, margin in margins.items()}
