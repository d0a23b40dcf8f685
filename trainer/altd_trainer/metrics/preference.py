"""What a preference batch says in numbers, under TRL's names."""

from torch import Tensor

from altd_trainer.objective import PreferenceLoss


def preference_metrics(loss: PreferenceLoss, policy_logps: Tensor, has_rejected: Tensor) -> dict[str, Tensor]:
    """One value (B,) per metric and example; NaN where a metric needs a rejected response that is not there.

    Args:
        loss: of the batch.
        policy_logps: (B, 2, 2, 2) that the loss was made from.
        has_rejected: (B,) bool.
    """
    response = loss.margins["response"]
    nothing = response.new_tensor(float("nan"))
    logps = policy_logps.detach()[:, 0, 0]
    values = {
        "rewards/chosen": loss.chosen_rewards,
        "rewards/rejected": loss.rejected_rewards,
        "rewards/accuracies": (response > 0).to(response).where(has_rejected, nothing),
        "rewards/margins": response,
        "log_ratios/chosen": loss.log_ratio,
        "logps/chosen": logps[:, 0],
        "logps/rejected": logps[:, 1].where(has_rejected, nothing),
    }
    return values | {f"margins/{name}": margin for name, margin in loss.margins.items()}
