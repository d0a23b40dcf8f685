"""Does the model know pictures like this one? A distance in the vision tower's own features.

A small model names an object in every photograph. So the bundled model carries the mean and the inverse
covariance of the pooled features of the pictures it was trained on; a picture whose Mahalanobis distance
is above the threshold (chosen on validation pictures) is answered with what the reader read, or not at all.
Source: Lee et al. 2018, "A Simple Unified Framework for Detecting Out-of-Distribution Samples".
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

FILE = "familiarity.safetensors"


@dataclass(frozen=True)
class Familiarity:
    """`mean` (C,), `precision` (C, C) and the largest distance that still counts as known."""

    mean: Tensor
    precision: Tensor
    threshold: float

    @classmethod
    def fit(cls, features: Tensor, held_out: Tensor, keep: float = 0.99) -> "Familiarity":
        """From pooled features (N, C) of training pictures; `keep` of the held-out ones stay known."""
        mean = features.mean(0)
        covariance = torch.cov(features.T) + 1e-3 * features.var(0).mean() * torch.eye(features.shape[1])
        fitted = cls(mean, torch.linalg.inv(covariance), float("inf"))
        distances = fitted.score(held_out)
        return cls(mean, fitted.precision.contiguous(), float(torch.quantile(distances, keep)))

    @classmethod
    def load(cls, directory: Path) -> "Familiarity | None":
        """What the model's directory holds, or nothing for a model that came without it."""
        if not (directory / FILE).is_file():
            return None
        tensors = load_file(directory / FILE)
        return cls(tensors["mean"], tensors["precision"], float(tensors["threshold"]))

    def save(self, directory: Path) -> None:
        threshold = torch.tensor(self.threshold)
        save_file({"mean": self.mean, "precision": self.precision, "threshold": threshold}, directory / FILE)

    def score(self, features: Tensor) -> Tensor:
        """Mahalanobis distance of pooled features (N, C) → (N,)."""
        centred = features.float() - self.mean
        return ((centred @ self.precision) * centred).sum(1).clamp(min=0).sqrt()

    def knows(self, features: Tensor) -> Tensor:
        """For each row (N, C), whether it lies within the threshold → (N,) bool."""
        return self.score(features) <= self.threshold
