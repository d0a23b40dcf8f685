"""Sequence KL against `math` and its gradient."""

import math

import pytest
import torch

from altd_trainer.objective import sequence_kl


def test_by_hand() -> None:
    # reference (1/2, 1/2), policy (1/4, 3/4): ln 2 - (ln 3) / 2 = 0.143841; then the other way round:
    # (1/4) ln(1/2) + (3/4) ln(3/2) = 0.130812; the third position is padding
    half, quarter = [0.0, 0.0], [math.log(1), math.log(3)]
    policy = torch.tensor([[quarter, half, [math.nan, math.inf]]])
    reference = torch.tensor([[half, quarter, [math.inf, math.nan]]])
    scored = torch.tensor([[True, True, False]])
    value = sequence_kl(policy, reference, scored).item()
    first = math.log(2) - math.log(3) / 2
    second = math.log(1 / 2) / 4 + 3 * math.log(3 / 2) / 4
    assert value == pytest.approx(first + second, abs=1e-6)
    assert value == pytest.approx(0.274653, abs=1e-6)


def test_gradient_flows_into_the_scored_positions_of_the_policy_only() -> None:
    generator = torch.Generator().manual_seed(0)
    policy, reference = (
        torch.randn(2, 3, 5, dtype=torch.float64, generator=generator).requires_grad_(True) for _ in range(2)
    )
    scored = torch.tensor([[True, False, True], [True, True, False]])
    assert torch.autograd.gradcheck(lambda logits: sequence_kl(logits, reference.detach(), scored), (policy,))
    sequence_kl(policy, reference, scored).sum().backward()
    assert reference.grad is None
    assert policy.grad is not None
    assert policy.grad[~scored].count_nonzero() == 0


def test_half_precision_is_summed_in_single() -> None:
    logits = torch.randn(1, 4, 7, generator=torch.Generator().manual_seed(1))
    scored = torch.ones(1, 4, dtype=torch.bool)
    value = sequence_kl(logits.bfloat16(), (2 * logits).bfloat16(), scored)
    assert value.dtype == torch.float32
    exact = sequence_kl(logits.bfloat16().double(), (2 * logits).bfloat16().double(), scored)
    assert value.item() == pytest.approx(exact.item(), rel=1e-5)
