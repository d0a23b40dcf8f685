"""The objective against the released numbers, against plain numpy and against finite differences."""

import math

import numpy as np
import pytest
import torch

from altd_trainer.objective import LEAVES, PLAIN_DPO, PreferenceWeights, mcm_dpo_loss

from .plain import golden_logps

# Losses of the authors' function for `golden_logps`, by its use_cl_reward_num (method.md 1.2).
RELEASED = {
    2: [0.87900575, 0.72071823, 0.73026258],
    3: [0.92943446, 0.69952978, 0.86056271],
    4: [0.97439262, 0.71453921, 0.86319598],
    5: [1.00199152, 0.68940553, 0.88602069],
    6: [1.01788589, 0.66361509, 0.89222851],
    7: [1.03171674, 0.65754341, 0.88414821],
}
# The order in which use_cl_reward_num adds terms.
RELEASED_ORDER = [
    "response",
    "image",
    "context",
    "context_response",
    "image_response",
    "context_image",
    "context_image_response",
]


@pytest.mark.parametrize("terms", RELEASED)
def test_losses_equal_the_released_ones(terms: int) -> None:
    dropped = dict.fromkeys(RELEASED_ORDER[terms:], 0.0)
    out = mcm_dpo_loss(*golden_logps(), weights=PreferenceWeights(**dropped))
    torch.testing.assert_close(out.losses, torch.tensor(RELEASED[terms]).double(), atol=1e-7, rtol=0)


def test_rewards_equal_the_released_ones() -> None:
    out = mcm_dpo_loss(*golden_logps())
    chosen = torch.tensor([-0.43053908, -0.07526835, -0.45941009]).double()
    rejected = torch.tensor([0.39978573, 0.09819352, -0.23123217]).double()
    torch.testing.assert_close(out.chosen_rewards, chosen, atol=1e-7, rtol=0)
    torch.testing.assert_close(out.rejected_rewards, rejected, atol=1e-7, rtol=0)
    torch.testing.assert_close(out.margins["response"], chosen - rejected, atol=1e-7, rtol=0)


def numpy_loss(policy: np.ndarray, reference: np.ndarray, weights: PreferenceWeights, beta: float) -> float:
    """The formula of the docstring, one example, written out without the module under test."""
    difference = policy - reference
    z = 0.0
    for (context, image, response), weight in {
        (0, 0, 1): weights.response,
        (0, 1, 0): weights.image,
        (1, 0, 0): weights.context,
        (1, 0, 1): weights.context_response,
        (0, 1, 1): weights.image_response,
        (1, 1, 0): weights.context_image,
        (1, 1, 1): weights.context_image_response,
    }.items():
        z += weight / weights.normaliser * (difference[0, 0, 0] - difference[context, image, response])
    return float(np.log1p(np.exp(-beta * z)))


@pytest.mark.parametrize("beta", [0.05, 0.1, 0.7])
def test_losses_equal_an_independent_computation(beta: float) -> None:
    random = np.random.default_rng(7)
    policy, reference = -30 * random.random((2, 16, 2, 2, 2))
    weights = PreferenceWeights(0.9, 0.4, 0.3, 0.0, 0.1, 0.25, 0.6, normaliser=1.7)
    out = mcm_dpo_loss(torch.tensor(policy), torch.tensor(reference), weights=weights, beta=beta)
    expected = [numpy_loss(p, r, weights, beta) for p, r in zip(policy, reference, strict=True)]
    np.testing.assert_allclose(out.losses.numpy(), expected, atol=1e-7, rtol=0)


def test_plain_dpo_is_a_special_case() -> None:
    policy, reference = golden_logps()
    out = mcm_dpo_loss(policy, reference, weights=PLAIN_DPO, beta=0.3)
    won, lost = ((policy - reference)[:, 0, 0, response] for response in (0, 1))
    torch.testing.assert_close(out.losses, -torch.nn.functional.logsigmoid(0.3 * (won - lost)))


def test_equal_models_lose_exactly_ln_2() -> None:
    policy, _ = golden_logps()
    for dtype in (torch.float32, torch.float64):
        losses = mcm_dpo_loss(policy.to(dtype), policy.to(dtype).clone()).losses
        assert torch.allclose(losses, torch.full_like(losses, math.log(2)), atol=1e-6, rtol=0)


def test_gradients_are_those_of_finite_differences() -> None:
    policy, reference = golden_logps()
    flags = torch.tensor([True, False, True])
    policy.requires_grad_(True)
    assert torch.autograd.gradcheck(
        lambda logps: mcm_dpo_loss(logps, reference, has_rejected=flags).losses, (policy,)
    )


def test_no_gradient_reaches_the_reference_or_the_rewards() -> None:
    policy, reference = (logps.requires_grad_(True) for logps in golden_logps())
    out = mcm_dpo_loss(policy, reference)
    assert not out.chosen_rewards.requires_grad
    assert not out.margins["image"].requires_grad
    out.losses.sum().backward()
    assert reference.grad is None


def test_without_a_rejected_response_only_image_and_context_count() -> None:
    policy, reference = golden_logps()
    out = mcm_dpo_loss(policy, reference, has_rejected=torch.tensor([False, True, False]))
    only = {name: 0.0 for name in LEAVES if "response" in name}
    expected = mcm_dpo_loss(policy, reference, weights=PreferenceWeights(**only)).losses
    torch.testing.assert_close(out.losses[[0, 2]], expected[[0, 2]])
    torch.testing.assert_close(out.losses[1], mcm_dpo_loss(policy, reference).losses[1])
    assert out.rejected_rewards.isnan().tolist() == [True, False, True]
    assert out.margins["image"].isnan().sum() == 0
    assert out.margins["image_response"].isnan().tolist() == [True, False, True]


def test_entries_that_do_not_count_may_be_anything() -> None:
    policy, reference = golden_logps()
    flags = torch.zeros(3, dtype=torch.bool)
    clean = mcm_dpo_loss(policy, reference, has_rejected=flags).losses
    policy[..., 1] = torch.nan
    reference[..., 1] = -torch.inf
    policy.requires_grad_(True)
    spoiled = mcm_dpo_loss(policy, reference, has_rejected=flags).losses
    torch.testing.assert_close(spoiled, clean)
    spoiled.sum().backward()
    assert policy.grad is not None
    assert policy.grad.isfinite().all()


def test_coefficients_sum_to_zero_and_the_winner_has_one() -> None:
    table = PreferenceWeights().coefficients()
    assert table.sum().item() == pytest.approx(0, abs=1e-15)
    assert table[0, 0, 0].item() == pytest.approx(1, abs=1e-15)


def test_wrong_shapes_and_weights_are_refused() -> None:
    policy, reference = golden_logps()
    with pytest.raises(ValueError, match=r"\(batch, 2, 2, 2\)"):
        mcm_dpo_loss(policy.reshape(3, 8), reference.reshape(3, 8))
    with pytest.raises(ValueError, match=r"has_rejected must be \(3,\)"):
        mcm_dpo_loss(policy, reference, has_rejected=torch.ones(2, dtype=torch.bool))
    with pytest.raises(ValueError, match="weights must be"):
        PreferenceWeights(image=-0.1)
    with pytest.raises(ValueError, match="weights must be"):
        PreferenceWeights(normaliser=0)
