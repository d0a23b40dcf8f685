"""Every option by hand, against plain Python, and where its gradient goes."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from altd_trainer.objective import (
    LEAVES,
    PLAIN_DPO,
    PRESETS,
    Objective,
    PreferenceWeights,
    loss_and_gradients,
    preference_gaps,
    preference_loss,
)

from .plain import LOSERS, Plain, golden_logps, sigmoid_loss

RELEASED = {
    "response": 1.0,
    "image": 0.5,
    "context": 0.5,
    "context_response": 0.2,
    "image_response": 0.2,
    "context_image": 0.2,
    "context_image_response": 0.2,
}
RESPONSE_AND_IMAGE = {"response": 1.0, "image": 1.0}
NO_REJECTED = torch.zeros(1, dtype=torch.bool)

finite = st.floats(-60, -0.0625, width=32)
leaves = st.lists(finite, min_size=8, max_size=8)
shares = st.lists(st.floats(0, 2), min_size=7, max_size=7).filter(lambda values: max(values) > 0.01)


def table(**values: float) -> Tensor:
    """(1, 2, 2, 2) with the winner's log-probability `won` and those of the named losers, else NaN."""
    logps = torch.full((1, 2, 2, 2), torch.nan, dtype=torch.float64)
    logps[0, 0, 0, 0] = values.pop("won")
    for name, value in values.items():
        logps[(0, *LOSERS[name])] = value
    return logps


def weights_of(values: list[float]) -> PreferenceWeights:
    return PreferenceWeights(*values, normaliser=max(sum(values), 0.01))


def eight(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64).reshape(1, 2, 2, 2)


def test_separate_log_sigmoids_equal_the_contrast_row() -> None:
    # seven separate log-sigmoids with weights r_k / 2.8 on the golden arrays
    out = preference_loss(*golden_logps(), Objective(aggregation="separate"))
    expected = torch.tensor([1.03929184, 0.67025308, 0.91136798]).double()
    torch.testing.assert_close(out.losses, expected, atol=1e-7, rtol=0)


def test_separate_by_hand() -> None:
    # D_www = -10 + 11 = 1, response: -14 + 12 = -2, margin 3; image: -12 + 13 = 1, margin 0
    # shares 1 / 2 and 1 / 2, beta 0.5: ln(1 + e^-1.5) / 2 + ln 2 / 2 = 0.201413 / 2 + 0.693147 / 2
    policy, reference = table(won=-10, response=-14, image=-12), table(won=-11, response=-12, image=-13)
    weights = PreferenceWeights(1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, normaliser=2.0)
    objective = Objective(weights, beta=0.5, aggregation="separate")
    assert preference_loss(policy, reference, objective).losses.item() == pytest.approx(0.447280, abs=1e-6)


def test_mdpo_by_hand() -> None:
    # D_w = 1, D_l = -2, D_w|m_l = 3, beta 0.1: ln(1 + e^-0.3) + ln(1 + e^0.2) + ln(1 + e^-0.1)
    # = 0.554355 + 0.798139 + 0.644397
    policy, reference = table(won=-10, response=-14, image=-12), table(won=-11, response=-12, image=-15)
    out = preference_loss(policy, reference, PRESETS["mdpo"])
    assert out.losses.item() == pytest.approx(1.996891, abs=2e-6)


def test_chip_by_hand() -> None:
    # the same D, KL 0.5 and 2.5: z = (1 + 2) + (1 - 3) - 0.1 * 2 = 0.8, ln(1 + e^-0.08) = 0.653947
    policy, reference = table(won=-10, response=-14, image=-12), table(won=-11, response=-12, image=-15)
    out = preference_loss(policy, reference, PRESETS["chip"], kl=torch.tensor([[0.5, 2.5]]))
    assert out.gaps.item() == pytest.approx(0.8)
    assert out.losses.item() == pytest.approx(0.653947, abs=2e-6)


@pytest.mark.parametrize(("image", "total"), [(0.0, 1.0), (0.5, 1.5)])
def test_dropped_terms_weaken_beta_unless_renormalised(image: float, total: float) -> None:
    # the image does not differ; z = 3 / total renormalised, 3 / 2.8 released
    policy, reference = table(won=-10, response=-13, image=-10), torch.zeros(1, 2, 2, 2).double()
    policy = policy.nan_to_num(0.0)
    policy[0, 1] = -10
    weights = PreferenceWeights(1.0, image, 0.0, 0.0, 0.0, 0.0, 0.0)
    for renormalise, divisor in ((True, total), (False, 2.8)):
        out = preference_loss(policy, reference, Objective(weights, renormalise=renormalise))
        assert out.gaps.item() == pytest.approx(3 / divisor, abs=1e-12)
        assert out.losses.item() == pytest.approx(sigmoid_loss(0.3 / divisor), abs=1e-12)


def test_without_a_rejected_response_renormalising_divides_by_what_is_left() -> None:
    # image margin 2, context 4, both 1: (0.5 * 2 + 0.5 * 4 + 0.2 * 1) = 3.2, over 2.8 or over 1.2
    policy = table(won=-10, image=-12, context=-14, context_image=-11)
    reference = torch.zeros(1, 2, 2, 2).double()
    for renormalise, divisor in ((False, 2.8), (True, 1.2)):
        objective = Objective(renormalise=renormalise)
        out = preference_loss(policy, reference, objective, has_rejected=NO_REJECTED)
        assert out.gaps.item() == pytest.approx(3.2 / divisor, abs=1e-12)
        assert out.losses.item() == pytest.approx(math.log1p(math.exp(-0.32 / divisor)), abs=1e-12)
        assert out.rejected_rewards.isnan().all()


@pytest.mark.parametrize("aggregation", ["inside", "separate"])
@pytest.mark.parametrize("renormalise", [False, True])
def test_an_example_to_which_no_preference_applies_teaches_nothing(
    aggregation: str, renormalise: bool
) -> None:
    policy = golden_logps()[0].requires_grad_(True)
    objective = Objective(PLAIN_DPO, aggregation=aggregation, renormalise=renormalise)  # type: ignore[arg-type]
    flags = torch.tensor([True, False, True])
    out = preference_loss(policy, golden_logps()[1], objective, has_rejected=flags)
    out.losses.sum().backward()
    assert policy.grad is not None
    assert policy.grad[1].count_nonzero() == 0
    assert policy.grad[0].count_nonzero() == 2
    assert out.losses[1].item() == pytest.approx(math.log(2) if aggregation == "inside" else 0)
    assert out.gaps.isnan().tolist() == [False, True, False]


def test_anchor_by_hand() -> None:
    # D_w = 2, D_l = -1: ln(1 + e^-0.3) + 0.5 ln(1 + e^-0.2) = 0.554355 + 0.5 * 0.598139
    objective = Objective(PLAIN_DPO, anchor=0.5)
    policy, reference = table(won=-8, response=-12), table(won=-10, response=-11)
    out = preference_loss(policy, reference, objective)
    assert out.losses.item() == pytest.approx(0.853425, abs=1e-6)
    assert out.log_ratio.item() == 2


def test_the_anchor_pulls_where_only_the_losers_fall() -> None:
    # the gap is 30 although the chosen response has lost 10 nats: without an anchor almost no gradient
    policy, reference = table(won=-20, response=-60), table(won=-10, response=-20)
    pulls = []
    for anchor in (0.0, 1.0):
        objective = Objective(PLAIN_DPO, anchor=anchor)
        pulls.append(loss_and_gradients(policy, reference, objective)[1].logps[0, 0, 0, 0].item())
    # -0.1 sigmoid(-3) = -0.0047, the anchor adds -0.1 sigmoid(1) = -0.0731
    assert pulls == pytest.approx([-0.0047426, -0.0778485], abs=1e-6)


def test_entropy_by_hand() -> None:
    # beta 0.1, gamma 0.02: 0.12 * (-10 + 14) - 0.1 * (-11 + 12) = 0.38, ln(1 + e^-0.38) = 0.521090
    policy, reference = table(won=-10, response=-14), table(won=-11, response=-12)
    out = preference_loss(policy, reference, Objective(PLAIN_DPO, entropy=0.2))
    assert out.losses.item() == pytest.approx(sigmoid_loss(0.38), abs=1e-12)
    assert out.losses.item() == pytest.approx(0.521090, abs=1e-6)
    assert out.log_ratio.item() == 1


def test_sft_by_hand() -> None:
    # equal models: ln 2; the chosen response has 12 nats over 8 tokens: + 0.5 * 1.5
    policy = table(won=-12, response=-20)
    objective = Objective(PLAIN_DPO, sft=0.5)
    out = preference_loss(policy, policy.clone(), objective, lengths=torch.tensor([8]))
    assert out.losses.item() == pytest.approx(math.log(2) + 0.75, abs=1e-12)
    with pytest.raises(ValueError, match="lengths"):
        preference_loss(policy, policy, objective)
    with pytest.raises(ValueError, match=r"lengths must be \(1,\)"):
        preference_loss(policy, policy, objective, lengths=torch.tensor([8, 9]))


def test_token_kl_by_hand() -> None:
    # equal models, KL 3 and 7: z = -0.1 * (7 - 3) = -0.4, ln(1 + e^0.04) = 0.713347
    policy = golden_logps()[0][:1]
    kl = torch.tensor([[3.0, 7.0]]).double()
    out = preference_loss(policy, policy, PRESETS["chip"], kl=kl)
    assert out.losses.item() == pytest.approx(0.713347, abs=1e-6)
    with pytest.raises(ValueError, match=r"token_kl wants kl \(1, 2\)"):
        preference_loss(policy, policy, PRESETS["chip"])


@pytest.mark.parametrize("aggregation", ["inside", "separate"])
def test_token_kl_pushes_the_rejected_one_only(aggregation: str) -> None:
    policy, reference = golden_logps()
    kl = torch.tensor([[1.0, 2.0], [2.0, 1.0], [torch.nan, torch.inf]]).double().requires_grad_(True)
    objective = replace(PRESETS["chip"], aggregation=aggregation)
    flags = torch.tensor([True, True, False])
    preference_loss(policy, reference, objective, has_rejected=flags, kl=kl).losses.sum().backward()
    assert kl.grad is not None
    assert (kl.grad[:2, 1] > 0).all()
    assert kl.grad[:, 0].count_nonzero() == 0
    assert kl.grad[2].count_nonzero() == 0


OBJECTIVES = {
    "dpo": (PRESETS["dpo"], Plain({"response": 1.0}, 1.0)),
    "mdpo": (PRESETS["mdpo"], Plain(RESPONSE_AND_IMAGE, 1.0, separate=True, anchor=1.0)),
    "chip": (PRESETS["chip"], Plain(RESPONSE_AND_IMAGE, 1.0, token_kl=0.1)),
    "mcm-dpo": (PRESETS["mcm-dpo"], Plain(RELEASED, 2.8)),
    "everything inside": (
        Objective(beta=0.3, renormalise=True, anchor=0.7, entropy=0.25, sft=0.4, token_kl=0.2),
        Plain(RELEASED, None, beta=0.3, anchor=0.7, entropy=0.25, sft=0.4, token_kl=0.2),
    ),
    "everything separate": (
        Objective(beta=0.3, aggregation="separate", anchor=0.7, entropy=-0.1, sft=0.4, token_kl=0.2),
        Plain(RELEASED, 2.8, beta=0.3, separate=True, anchor=0.7, entropy=-0.1, sft=0.4, token_kl=0.2),
    ),
}


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize(
    ("kind", "flags"), [("has_rejected", [True, False, True]), ("response_only", [False, True, False])]
)
def test_objectives_equal_plain_python(name: str, kind: str, flags: list[bool]) -> None:
    objective, plain = OBJECTIVES[name]
    policy, reference = golden_logps()
    if kind == "response_only":
        policy[1, 1], policy[1, :, 1] = torch.nan, torch.inf  # never read
    lengths, kl = [5, 9, 14], [(0.5, 1.25), (2.0, 0.25), (1.0, 3.0)]
    out = preference_loss(
        policy,
        reference,
        objective,
        lengths=torch.tensor(lengths),
        kl=torch.tensor(kl).double(),
        **{kind: torch.tensor(flags)},
    )
    rows = zip(policy.tolist(), reference.tolist(), flags, lengths, kl, strict=True)
    expected = [plain.loss(p, r, length=n, kl=k, **{kind: flag}) for p, r, flag, n, k in rows]
    assert out.losses.tolist() == pytest.approx(expected, abs=1e-9)


def test_of_an_example_of_two_texts_alone_one_margin_is_known() -> None:
    policy, reference = golden_logps()
    out = preference_loss(policy, reference, Objective(), response_only=torch.tensor([False, True, False]))
    assert {name for name, margin in out.margins.items() if not margin[1].isnan()} == {"response"}
    assert not any(margin[[0, 2]].isnan().any() for margin in out.margins.values())


@pytest.mark.parametrize("name", OBJECTIVES)
def test_gradients_are_those_of_finite_differences_and_none_is_the_references(name: str) -> None:
    objective = OBJECTIVES[name][0]
    policy, reference = (logps.requires_grad_(True) for logps in golden_logps())
    options = {
        "has_rejected": torch.tensor([True, False, True]),
        "lengths": torch.tensor([5, 9, 14]),
        "kl": torch.ones(3, 2).double(),
    }
    assert torch.autograd.gradcheck(
        lambda logps: preference_loss(logps, reference.detach(), objective, **options).losses, (policy,)
    )
    out = preference_loss(policy, reference, objective, **options)
    out.losses.sum().backward()
    assert reference.grad is None
    assert not any(
        value.requires_grad for value in (out.gaps, out.log_ratio, out.chosen_rewards, *out.margins.values())
    )


@pytest.mark.parametrize("name", OBJECTIVES)
def test_gradients_of_the_leaves_are_those_of_backward(name: str) -> None:
    objective = OBJECTIVES[name][0]
    policy, reference = golden_logps()
    kl = torch.tensor([[0.5, 1.25], [2.0, 0.25], [1.0, 3.0]]).double()
    options = {"has_rejected": torch.tensor([True, False, True]), "lengths": torch.tensor([5, 9, 14])}
    with torch.no_grad():
        out, gradients = loss_and_gradients(policy, reference, objective, kl=kl, **options)
    assert not out.losses.requires_grad
    leaf, kl_leaf = policy.clone().requires_grad_(True), kl.clone().requires_grad_(True)
    losses = preference_loss(leaf, reference, objective, kl=kl_leaf, **options).losses
    losses.sum().backward()
    torch.testing.assert_close(out.losses, losses.detach())
    torch.testing.assert_close(gradients.logps, leaf.grad)
    torch.testing.assert_close(gradients.kl, kl.new_zeros(3, 2) if kl_leaf.grad is None else kl_leaf.grad)
    assert loss_and_gradients(policy, reference, PRESETS["dpo"])[1].kl is None


def test_released_gradient_is_one_factor_times_the_coefficients() -> None:
    policy, reference = golden_logps()
    out, gradients = loss_and_gradients(policy, reference, PRESETS["mcm-dpo"])
    factor = -0.1 * torch.sigmoid(-0.1 * out.gaps)
    expected = factor[:, None, None, None] * PreferenceWeights().coefficients()
    torch.testing.assert_close(gradients.logps, expected)


def test_beta_from_outside_has_no_gradient_and_may_differ_by_example() -> None:
    policy, reference = golden_logps()
    beta = torch.tensor([0.1, 0.2, 0.4], dtype=torch.float64, requires_grad=True)
    for objective in (PRESETS["mcm-dpo"], PRESETS["mdpo"]):
        out = preference_loss(policy.requires_grad_(True), reference, objective, beta=beta)
        single = [
            preference_loss(policy[i : i + 1], reference[i : i + 1], objective, beta=b).losses
            for i, b in enumerate(beta.tolist())
        ]
        torch.testing.assert_close(out.losses, torch.cat(single))
        out.losses.sum().backward()
        assert beta.grad is None
    with pytest.raises(ValueError, match=r"beta must be \(3,\)"):
        preference_loss(policy, reference, PRESETS["dpo"], beta=beta[:2])


def test_what_is_not_kept_has_neither_loss_nor_gradient() -> None:
    policy, reference = golden_logps()
    whole, gradients = loss_and_gradients(policy, reference, PRESETS["mcm-dpo"])
    for keep, factors in (
        (torch.tensor([True, False, True]), [1, 0, 1]),
        (torch.tensor([1.5, 0.0, 1.5]), [1.5, 0, 1.5]),
    ):
        out, kept = loss_and_gradients(policy, reference, PRESETS["mcm-dpo"], keep=keep)
        scale = torch.tensor(factors).double()
        torch.testing.assert_close(out.losses, whole.losses * scale)
        torch.testing.assert_close(kept.logps, gradients.logps * scale[:, None, None, None])
        torch.testing.assert_close(out.gaps, whole.gaps)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_entries_without_weight_may_be_anything(name: str) -> None:
    objective = OBJECTIVES[name][0]
    policy, reference = golden_logps()
    options = {
        "has_rejected": torch.tensor([True, False, True]),
        "lengths": torch.tensor([5, 9, 14]),
        "kl": torch.ones(3, 2).double(),
    }
    clean, gradients = loss_and_gradients(policy, reference, objective, **options)
    unread = torch.ones(3, 2, 2, 2, dtype=torch.bool)
    unread[:, 0, 0, 0] = False
    for leaf in (LEAVES[name] for name in objective.weights.active()):
        unread[(slice(None), *leaf)] = False
    unread[1, :, :, 1] = True
    policy[unread], reference[unread], options["kl"][1] = torch.nan, -torch.inf, torch.nan
    spoiled, spoiled_gradients = loss_and_gradients(policy, reference, objective, **options)
    torch.testing.assert_close(spoiled.losses, clean.losses)
    torch.testing.assert_close(spoiled.gaps, clean.gaps, equal_nan=True)
    torch.testing.assert_close(spoiled_gradients.logps, gradients.logps)


def test_gaps_are_those_of_the_loss() -> None:
    policy, reference = golden_logps()
    flags = torch.tensor([True, False, True])
    for objective in (PRESETS["mcm-dpo"], PRESETS["dpo"], PRESETS["mdpo"]):
        gaps = preference_gaps(policy.requires_grad_(True), reference, objective, has_rejected=flags)
        expected = preference_loss(policy, reference, objective, has_rejected=flags).gaps
        torch.testing.assert_close(gaps, expected, equal_nan=True)
        assert not gaps.requires_grad


@given(leaves, shares, st.sampled_from(["inside", "separate"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_equal_models_lose_ln_2(
    values: list[float], weights: list[float], aggregation: str, single: bool
) -> None:
    objective = Objective(weights_of(weights), renormalise=True, aggregation=aggregation)  # type: ignore[arg-type]
    logps = eight(values).to(torch.float32 if single else torch.float64)
    loss = preference_loss(logps, logps.clone(), objective).losses.item()
    assert loss == pytest.approx(math.log(2), abs=1e-6 if single else 1e-12)


@given(leaves, leaves, shares, st.floats(0.01, 1))
@settings(max_examples=60, deadline=None)
def test_one_log_sigmoid_never_exceeds_separate_ones(
    policy: list[float], reference: list[float], weights: list[float], beta: float
) -> None:
    # Jensen: -log sigmoid is convex and the renormalised shares sum to one
    inside, separate = (
        preference_loss(
            eight(policy),
            eight(reference),
            Objective(weights_of(weights), beta, aggregation=aggregation, renormalise=True),
        ).losses.item()
        for aggregation in ("inside", "separate")
    )
    assert inside <= separate + 1e-9


@given(leaves, leaves, shares)
@settings(max_examples=60, deadline=None)
def test_plain_python_agrees_on_any_numbers(
    policy: list[float], reference: list[float], weights: list[float]
) -> None:
    named = dict(zip(RELEASED, weights, strict=True))
    loss = preference_loss(
        eight(policy), eight(reference), Objective(PreferenceWeights(**named), renormalise=True)
    ).losses.item()
    nested = [eight(values)[0].tolist() for values in (policy, reference)]
    assert loss == pytest.approx(Plain(named).loss(*nested), abs=1e-9, rel=1e-9)
