"""The step as MCM-DPO was released: eight rows, every position through the vocabulary, reference beside it.

Kept for comparison alone. It computes the same numbers as `altd_trainer.logprobs` on the layout `rows`.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from altd_trainer.collator import PreferenceBatch
from altd_trainer.objective import preference_loss
from altd_trainer.reference import as_reference
from altd_trainer.trainer import MCMDPOTrainer


def released_logps(model: Any, batch: PreferenceBatch) -> Tensor:
    """Summed log-probabilities (B, 2, 2, 2) by way of the logits and log-softmax of all tokens, in float32.

    Args:
        batch: of the layout `rows`.
    """
    shown: Mapping[str, Tensor] = batch["vision"]
    output = model(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        use_cache=False,
        **{name: values[batch["row_images"]] for name, values in shown.items()},
    )
    everywhere = output.logits.float().log_softmax(-1)  # (8B, L, V)
    rows, columns, targets, leaves, _ = batch["scores"].unbind(dim=1)
    logps = everywhere[rows, columns, targets] * batch["score_weights"]
    sums: Tensor = logps.new_zeros(8 * len(batch["ids"])).index_add(0, leaves, logps)
    return sums.view(-1, 2, 2, 2)


class ReleasedTrainer(MCMDPOTrainer):
    """`MCMDPOTrainer` with that step; nothing else differs."""

    def compute_loss(
        self,
        model: Any,
        inputs: PreferenceBatch,
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """Mean loss of the batch."""
        policy = released_logps(model, inputs)
        with torch.no_grad(), as_reference(self.accelerator.unwrap_model(model)):
            reference = released_logps(model, inputs)
        out = preference_loss(policy, reference, self.args.objective(), has_rejected=inputs["has_rejected"])
        return out.losses.mean()
