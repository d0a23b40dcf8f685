"""Rejections that no better text came of, as a term beside the preferences.

MCM-DPO compares with a chosen text, and for these pictures there is none. KTO's term for undesirable texts
(arXiv 2402.01306) needs none: the rejected text is to become less likely than the model drifts anyway,
which is estimated, as there, from the same texts beside pictures and posts that are not theirs. The term is
bounded, so that it stops pushing at a text that has become unlikely.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import torch
from accelerate.utils import send_to_device
from torch import Tensor

from altd_trainer.collator import DataCollatorForMCMPreference, PreferenceBatch
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.holding import Holding
from altd_trainer.logprobs import core_model, leaf_logps
from altd_trainer.negatives import NegativeConfig
from altd_trainer.objective.kto import undesirable_losses

_BATCH = 8
_LEAVES = ((0, 0, 0), (1, 1, 0))


@dataclass
class Unwanted:
    """Texts that are to become less likely, and how likely they were before training.

    Attributes:
        processor: the model's.
        examples: each with an unwanted text as its `chosen`, and a rejected context.
        beta: strength of the pull to the reference.
        share: of this loss beside the other.
    """

    processor: Any
    examples: Sequence[PreferenceExample]
    beta: float
    share: float = 1.0
    _reference: list[Tensor] = field(default_factory=list)

    @torch.no_grad()
    def prepare(self, model: Any) -> None:
        """Take the model as it is now for the reference."""
        for start in range(0, len(self.examples), _BATCH):
            batch = self._batch(model, self.examples[start : start + _BATCH])
            self._reference.extend(leaf_logps(model, batch))

    def loss(self, model: Any, step: int) -> Tensor:
        """Weighted mean of the losses of up to eight texts, others at every step; times the share."""
        rows = Random(step).sample(range(len(self.examples)), min(_BATCH, len(self.examples)))
        batch = self._batch(model, [self.examples[row] for row in rows])
        policy = leaf_logps(model, batch)
        ratios = policy - torch.stack([self._reference[row] for row in rows]).to(policy)
        drift = ratios[:, 1, 1, 0].detach().mean().clamp(min=0)
        losses = undesirable_losses(ratios[:, 0, 0, 0], drift, self.beta)
        return self.share * (losses * batch["weights"].to(losses)).mean()

    def _batch(self, model: Any, examples: Sequence[PreferenceExample]) -> PreferenceBatch:
        collator = DataCollatorForMCMPreference(self.processor, NegativeConfig(), leaves=_LEAVES)
        batch: PreferenceBatch = send_to_device(collator(examples), core_model(model).device)
        return batch


@dataclass
class HoldingAndUnwanted(Holding):
    """Both terms beside the preferences; without examples to hold, the unwanted texts alone."""

    unwanted: Unwanted | None = None

    def prepare(self, model: Any) -> None:
        """As both do."""
        super().prepare(model)
        if self.unwanted is not None:
            self.unwanted.prepare(model)

    def loss(self, model: Any, step: int) -> Tensor:
        """The sum of both."""
        held = [super().loss(model, step)] if self.examples else []
        parted = [self.unwanted.loss(model, step)] if self.unwanted else []
        return torch.stack([*held, *parted]).sum()
