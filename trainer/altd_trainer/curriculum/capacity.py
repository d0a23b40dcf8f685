"""Capacity: a LoRA adapter whose rank grows while the function stays what it was.

New rows of A are random, new columns of B zero, and alpha grows with the rank so that the scaling stays:
B A x and with it the model's output are unchanged, and the new columns have a gradient from the first
step on.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor, nn

from altd_trainer.curriculum.stages import stage_at


@dataclass(frozen=True)
class RankCurriculum:
    """Which rank is in force at a step.

    Attributes:
        ranks: rising, the last one the full rank.
        total: optimiser steps of the run.
        ramp: share of the run after which one more stage would begin.

    Raises:
        ValueError: ranks that do not rise.
    """

    ranks: tuple[int, ...]
    total: int
    ramp: float = 1.0

    def __post_init__(self) -> None:
        if not self.ranks or self.ranks[0] < 1 or list(self.ranks) != sorted(set(self.ranks)):
            raise ValueError(f"ranks must rise from at least 1, not {self.ranks}")

    def at(self, step: int) -> int:
        """Rank at an optimiser step, from 0.

        Raises:
            ValueError: as in `stage_starts`.
        """
        return self.ranks[stage_at(step, self.total, len(self.ranks), self.ramp)]


@dataclass(frozen=True)
class Grown:
    """A parameter that was replaced by a larger one; `dim` is the dimension that has the rank."""

    old: Tensor
    new: Tensor
    dim: int


def grow_rank(model: Any, r: int, adapter: str = "default", seed: int = 0) -> list[Grown]:
    """Raise the rank of an adapter; the model's function is preserved.

    The adapter's configuration follows, so what `save_pretrained` writes loads as the same function.
    The parameters are new objects without gradient: grow between optimiser steps, and hand the result to
    `carry_moments` or make a new optimiser. Grow before the model is wrapped for several processes;
    equal seeds give equal rows on all of them.

    Args:
        model: a `peft.PeftModel` with LoRA on linear layers, quantised or not.
        r: the new rank; the present one changes nothing.
        adapter: its name.
        seed: of the new rows of A.

    Returns:
        what was replaced, in the model's order.

    Raises:
        ValueError: a rank below the present one, or an adapter that is not plain LoRA of one rank on
            linear layers; nothing is changed then.
    """
    config = model.peft_config[adapter]
    layers = [
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, LoraLayer) and adapter in module.r
    ]
    _check(config, layers, r, adapter)
    if r == config.r:
        return []
    generator = torch.Generator().manual_seed(seed)
    alpha = _alpha(config, r)
    grown: list[Grown] = []
    for _, layer in layers:
        down, up = layer.lora_A[adapter], layer.lora_B[adapter]
        grown += [_grow(down, 0, r, generator), _grow(up, 1, r, None)]
        down.out_features = up.in_features = r
        layer.r[adapter], layer.lora_alpha[adapter] = r, alpha
    config.r, config.lora_alpha = r, alpha
    return grown


def carry_moments(optimizer: torch.optim.Optimizer, grown: Iterable[Grown]) -> None:
    """Let an optimiser of the Adam family go on with the grown parameters and their moments.

    New entries start with a first moment of zero and, as second moment, the mean of the old entries
    along the rank. A second moment of zero would not do: bias correction is long over, and the new
    entries would make several times the step that the learning rate says.

    Args:
        optimizer: with the old parameters in its groups.
        grown: from `grow_rank`.

    Raises:
        ValueError: the state is not of the parameter's shape (8-bit optimisers); make a new optimiser.
    """
    by_old = {id(pair.old): pair for pair in grown}
    held = [p for group in optimizer.param_groups for p in group["params"] if id(p) in by_old]
    carried = {id(p): _carried(optimizer.state.get(p, {}), by_old[id(p)]) for p in held}
    for group in optimizer.param_groups:
        group["params"] = [by_old[id(p)].new if id(p) in by_old else p for p in group["params"]]
    for parameter in held:
        optimizer.state.pop(parameter, None)
        if carried[id(parameter)]:
            optimizer.state[by_old[id(parameter)].new] = carried[id(parameter)]


def _check(config: Any, layers: list[tuple[str, Any]], r: int, adapter: str) -> None:
    if r < config.r:
        raise ValueError(f"the rank of adapter {adapter} is {config.r} and can only grow, not become {r}")
    if config.rank_pattern or config.alpha_pattern:
        raise ValueError(f"adapter {adapter} has different ranks in different layers")
    if not layers:
        raise ValueError(f"the model has no LoRA layer of adapter {adapter}")
    for name, layer in layers:
        if not _plain(layer, adapter, config.r):
            raise ValueError(f"{name}: only plain, unmerged LoRA on linear layers can grow")


def _plain(layer: Any, adapter: str, r: int) -> bool:
    if adapter in layer.lora_variant or adapter in layer.merged_adapters or adapter not in layer.lora_A:
        return False
    down = layer.lora_A[adapter]
    # experts of a mixture have several times the rank in one matrix
    return isinstance(down, nn.Linear) and down.out_features == r


def _alpha(config: Any, r: int) -> int | float:
    """alpha that keeps the scaling at the new rank: whole where it can be."""
    alpha = config.lora_alpha * (math.sqrt(r / config.r) if config.use_rslora else r / config.r)
    return int(alpha) if float(alpha).is_integer() else float(alpha)


def _grow(linear: nn.Linear, dim: int, r: int, generator: torch.Generator | None) -> Grown:
    old = linear.weight
    shape = list(old.shape)
    shape[dim] = r - old.shape[dim]
    added = torch.zeros(shape)
    if generator is not None:
        # as peft starts A; drawn on the CPU, so that the rows do not depend on the device
        nn.init.kaiming_uniform_(added, a=math.sqrt(5), generator=generator)
    new = nn.Parameter(torch.cat([old.detach(), added.to(old)], dim=dim), requires_grad=old.requires_grad)
    linear.weight = new
    return Grown(old, new, dim)


def _carried(state: dict[str, Any], pair: Grown) -> dict[str, Any]:
    return {
        name: _widened(name, value, pair) if torch.is_tensor(value) and value.dim() else value
        for name, value in state.items()
    }


def _widened(name: str, moment: Tensor, pair: Grown) -> Tensor:
    if moment.shape != pair.old.shape:
        raise ValueError(f"optimiser state {name} has another shape than its parameter")
    shape = list(pair.new.shape)
    shape[pair.dim] -= pair.old.shape[pair.dim]
    added = moment.new_zeros(shape)
    if name in _SECOND_MOMENTS:
        added += moment.mean(dim=pair.dim, keepdim=True)
    return torch.cat([moment, added], dim=pair.dim)


_SECOND_MOMENTS = frozenset({"exp_avg_sq", "max_exp_avg_sq"})
