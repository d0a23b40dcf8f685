"""The seven preferences and their weights.

Every preference has the same winner, the chosen response for the chosen context and image; they differ
in what the loser changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import torch
from torch import Tensor

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

    def active(self, has_rejected: bool = True, response_only: bool = False) -> dict[str, float]:
        """The weights above zero by name.

        Args:
            has_rejected: False leaves out those that need a rejected response.
            response_only: leaves out those that need a rejected image or context.
        """
        values = {name: float(getattr(self, name)) for name in LEAVES}
        return {
            name: value
            for name, value in values.items()
            if value > 0
            and (has_rejected or LEAVES[name][2] == 0)
            and not (response_only and any(LEAVES[name][:2]))
        }

    def table(
        self, has_rejected: bool = True, renormalise: bool = False, response_only: bool = False
    ) -> Tensor:
        """Each preference's share, weight / normaliser, at the index of its loser: (2, 2, 2), float64.

        Args:
            has_rejected: False leaves out the four preferences with a rejected response.
            renormalise: divide by the sum of the weights that are left instead of the normaliser.
            response_only: leaves out the six preferences with a rejected image or context.
        """
        active = self.active(has_rejected, response_only)
        total = sum(active.values()) if renormalise else self.normaliser
        table = torch.zeros(2, 2, 2, dtype=torch.float64)
        for name, value in active.items():
            table[LEAVES[name]] = value / total
        return table

    def coefficients(self, has_rejected: bool = True, renormalise: bool = False) -> Tensor:
        """Coefficients of the eight log-ratios in z, shape (2, 2, 2), float64; they sum to zero.

        Args:
            has_rejected: as in `table`.
            renormalise: as in `table`.
        """
        shares = self.table(has_rejected, renormalise)
        table = -shares
        table[0, 0, 0] = shares.sum()
        return table


PLAIN_DPO = PreferenceWeights(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, normaliser=1.0)
"""Weights that make the objective plain DPO, where the response pair counts fully."""
