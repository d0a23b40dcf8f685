"""beta-DPO in a training run: one decision for all micro-batches and processes of an optimiser step."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from altd_trainer.collator import PreferenceBatch
from altd_trainer.objective import BetaController, Objective

_FILE = "dynamic_beta.pt"


class BetaForSteps:
    """A `BetaController` between the batches of a step and a checkpoint."""

    def __init__(self, controller: BetaController) -> None:
        self._controller = controller

    @classmethod
    def of(cls, objective: Objective, accelerator: Any) -> "BetaForSteps | None":
        """For an objective with dynamic beta; None for others."""
        if objective.dynamic_beta is None:
            return None
        return cls(
            BetaController(
                objective.dynamic_beta, objective.beta, accelerator.gather, accelerator.process_index
            )
        )

    def decide(self, batches: Sequence[PreferenceBatch], gaps: Sequence[Tensor]) -> None:
        """Give every batch of a step its `beta` (B,) and `keep` (B,).

        Args:
            gaps: (B,) of each batch.
        """
        decision = self._controller.decide(torch.cat(list(gaps)))
        parts = torch.split(decision.keep, [len(part) for part in gaps])
        for batch, keep in zip(batches, parts, strict=True):
            batch["beta"] = torch.full_like(keep, decision.beta)  # type: ignore[typeddict-unknown-key]
            batch["keep"] = keep  # type: ignore[typeddict-unknown-key]

    def save(self, checkpoint: Path) -> None:
        """Write the running statistics."""
        torch.save(self._controller.state_dict(), checkpoint / _FILE)

    def load(self, checkpoint: Path) -> None:
        """Go on from them."""
        self._controller.load_state_dict(torch.load(checkpoint / _FILE, weights_only=True))


def what_is_there(batch: PreferenceBatch) -> dict[str, Tensor]:
    """Which combinations each example of a batch has, as the objective wants to know it."""
    return {"has_rejected": batch["has_rejected"], "response_only": batch["response_only"]}


def loss_options(batch: PreferenceBatch) -> dict[str, Any]:
    """What the objective wants to know about a batch beside its log-probabilities."""
    rows = batch["scores"][:, 3]
    own = rows % 8 == 0
    weights = batch["score_weights"][own].float()
    lengths = weights.new_zeros(len(batch["ids"])).index_add(0, rows[own] // 8, weights)
    chosen = {name: batch.get(name) for name in ("beta", "keep")}
    return {**what_is_there(batch), "lengths": lengths, **chosen}
