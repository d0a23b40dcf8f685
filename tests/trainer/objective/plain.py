"""The objectives once more in plain Python, one example at a time: `math` and lists, no torch.

Written from the formulas of the papers and not from the module under test.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

Logps = Sequence[Sequence[Sequence[float]]]

LOSERS = {
    "response": (0, 0, 1),
    "image": (0, 1, 0),
    "context": (1, 0, 0),
    "context_response": (1, 0, 1),
    "image_response": (0, 1, 1),
    "context_image": (1, 1, 0),
    "context_image_response": (1, 1, 1),
}
NEED_REJECTED = ("response", "context_response", "image_response", "context_image_response")


def golden_logps() -> tuple[Tensor, Tensor]:
    """The arrays on which the authors' function was run."""
    random = np.random.RandomState(0)
    arrays = [-20 - 10 * random.rand(3) for _ in range(16)]
    policy, reference = (torch.tensor(np.stack(part, axis=1)) for part in (arrays[:8], arrays[8:]))
    return policy.reshape(3, 2, 2, 2), reference.reshape(3, 2, 2, 2)


def sigmoid_loss(margin: float) -> float:
    """-log sigmoid(margin)."""
    return math.log1p(math.exp(-margin))


@dataclass(frozen=True)
class Plain:
    """What differs between the objectives; the names are those of `Objective`."""

    weights: Mapping[str, float]
    normaliser: float | None = None  # None: the sum of the weights in force
    beta: float = 0.1
    separate: bool = False
    anchor: float = 0.0
    entropy: float = 0.0
    sft: float = 0.0
    token_kl: float = 0.0

    def loss(
        self,
        policy: Logps,
        reference: Logps,
        *,
        has_rejected: bool = True,
        response_only: bool = False,
        length: float = math.nan,
        kl: tuple[float, float] = (0.0, 0.0),
    ) -> float:
        weights = {k: w for k, w in self.weights.items() if w and (has_rejected or k not in NEED_REJECTED)}
        if response_only:
            weights = {name: weight for name, weight in weights.items() if name == "response"}
        total = sum(weights.values()) if self.normaliser is None else self.normaliser
        margins = {name: self._margin(policy, reference, LOSERS[name]) for name in weights}
        penalty = self.token_kl * (kl[1] - kl[0]) if has_rejected else 0.0
        if self.separate:
            margins = {name: m - penalty if name == "response" else m for name, m in margins.items()}
            loss = sum(w / total * sigmoid_loss(self.beta * margins[name]) for name, w in weights.items())
        else:
            gap = sum(w / total * margins[name] for name, w in weights.items())
            loss = sigmoid_loss(self.beta * (gap - penalty))
        won = policy[0][0][0]
        loss += self.anchor * sigmoid_loss(self.beta * (won - reference[0][0][0]))
        return loss - (self.sft * won / length if self.sft and has_rejected else 0.0)

    def _margin(self, policy: Logps, reference: Logps, loser: tuple[int, int, int]) -> float:
        context, image, response = loser
        won, lost = policy[0][0][0], policy[context][image][response]
        reference_gap = reference[0][0][0] - reference[context][image][response]
        return (1 + self.entropy) * (won - lost) - reference_gap
