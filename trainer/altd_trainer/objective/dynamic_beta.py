"""beta-DPO (arXiv 2407.08639): beta from the batch's mean gap, and a draw of the usual examples.

With gaps z_i before beta, over the whole batch of an optimiser step and all ranks, each step does

    mean, std <- running mean and deviation of the gaps, this batch included
    keep      <- a share of the batch, drawn without replacement, weights exp(-((z - mean) / std)^2 / 2)
    beta      <- max(beta_0 * (1 + scale * (mean z kept - mean)), floor)

Everything but `BetaController` is a pure function.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from altd_trainer.objective.options import DynamicBeta


@dataclass(frozen=True)
class GapStatistics:
    """Running mean and standard deviation of the gaps in nats; None before there is any."""

    mean: float | None = None
    std: float | None = None

    def updated(self, gaps: Tensor, momentum: float) -> "GapStatistics":
        """With a batch of gaps (n,) added; one gap alone has no deviation and leaves that as it is."""
        if not len(gaps):
            return self
        mean = _blend(self.mean, gaps.mean().item(), momentum)
        std = self.std if len(gaps) < 2 else _blend(self.std, gaps.std().item(), momentum)
        return GapStatistics(mean, std)


def draw_kept(gaps: Tensor, statistics: GapStatistics, share: float, generator: torch.Generator) -> Tensor:
    """Which of the gaps (n,) are kept, (n,) bool: at least one, and `share` of them as near as it goes.

    The draw is without replacement with weights exp(-((gap - mean) / std)^2 / 2), done as the highest
    of log-weight plus Gumbel noise, so that far outliers cannot make all weights vanish. Without a
    deviation, or with one of zero, all gaps are alike to it.
    """
    count = max(1, round(share * len(gaps)))
    kept = torch.zeros(len(gaps), dtype=torch.bool)
    # drawn even where nothing hangs on it, so that the sequence of draws depends on the sizes only
    noise = -torch.empty(len(gaps), dtype=torch.float64).exponential_(generator=generator).log()
    if statistics.mean is not None and statistics.std:
        noise = noise - 0.5 * ((gaps.double() - statistics.mean) / statistics.std) ** 2
    kept[noise.topk(count).indices] = True
    return kept


def batch_beta(beta: float, kept_mean: float, statistics: GapStatistics, config: DynamicBeta) -> float:
    """beta of a batch from the mean of its kept gaps."""
    surplus = kept_mean - (statistics.mean or 0.0)
    return max(beta * (1 + config.scale * surplus), config.floor)


@dataclass(frozen=True)
class BetaDecision:
    """What a batch trains with.

    Attributes:
        beta: of the whole batch, the same on every rank.
        keep: (n,) float, for `preference_loss`: 0 leaves a local example out; a kept one has the
            factor that makes the mean over the batch of all ranks the mean over what is kept of it.
        kept: share of all examples that are kept, for the log.
    """

    beta: float
    keep: Tensor
    kept: float


def _alone(tensor: Tensor) -> Tensor:
    return tensor


class BetaController:
    """Keeps the running statistics and decides for one optimiser step after the other.

    Call `decide` once for each optimiser step with the gaps of all its micro-batches in one tensor (a
    pass without gradient gives them; one micro-batch of one example has no statistics). Not in
    evaluation, which has the objective's own beta and leaves nothing out.

    Args:
        config: the settings.
        beta: beta_0.
        gather: joins a tensor (n,) with those of all ranks in one fixed order; n is the same on all.
        rank: of this process.
    """

    def __init__(
        self,
        config: DynamicBeta,
        beta: float,
        gather: Callable[[Tensor], Tensor] = _alone,
        rank: int = 0,
    ) -> None:
        self.config = config
        self.beta = beta
        self._gather = gather
        self._rank = rank
        self._generator = torch.Generator().manual_seed(config.seed)
        start = 0.0 if config.start_at_zero else None
        self.statistics = GapStatistics(start, start)

    def decide(self, gaps: Tensor) -> BetaDecision:
        """Add the step's gaps to the statistics, then choose beta and the examples to keep.

        Args:
            gaps: (n,) of this rank, from `preference_gaps`; one that is NaN has no preference, is not
                counted and stays in, because other terms of the objective may want it.

        Raises:
            ValueError: an infinite gap; the statistics stay as they were.
        """
        gaps = gaps.detach()
        everyone = self._gather(gaps).to("cpu", torch.float64)
        own = (self._gather(torch.full_like(gaps, self._rank)) == self._rank).cpu()
        if everyone.isinf().any():
            raise ValueError("a gap between chosen and rejected is infinite: the run has diverged")
        known = ~everyone.isnan()
        counted = everyone[known]
        keep = torch.ones_like(everyone)
        if not len(counted):
            return BetaDecision(self.beta, keep[own].to(gaps), 1.0)
        self.statistics = self.statistics.updated(counted, self.config.momentum)
        chosen = draw_kept(counted, self.statistics, self.config.keep, self._generator)
        keep[known] = chosen.double() * (len(counted) / chosen.sum().item())
        beta = batch_beta(self.beta, counted[chosen].mean().item(), self.statistics, self.config)
        return BetaDecision(beta, keep[own].to(gaps), (keep > 0).double().mean().item())

    def state_dict(self) -> dict[str, Any]:
        """What an interrupted run needs to go on with the same decisions."""
        return {
            "mean": self.statistics.mean,
            "std": self.statistics.std,
            "generator": self._generator.get_state(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over the state of an earlier run."""
        self.statistics = GapStatistics(state["mean"], state["std"])
        self._generator.set_state(state["generator"].cpu())


def _blend(running: float | None, value: float, momentum: float) -> float:
    return value if running is None else momentum * running + (1 - momentum) * value
