"""Dynamic beta: the running statistics, the draw, and agreement between ranks."""

import io
import math
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from altd_trainer.objective import PRESETS, BetaController, DynamicBeta, preference_gaps, preference_loss
from altd_trainer.objective.dynamic_beta import GapStatistics, batch_beta, draw_kept

from .plain import golden_logps

FIRST = torch.tensor([1.0, 2.0, 3.0, 6.0])  # mean 3, deviation sqrt(14 / 3)
SECOND = torch.tensor([5.0, 7.0])  # mean 6, deviation sqrt(2)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_running_statistics_by_hand() -> None:
    once = GapStatistics().updated(FIRST, 0.9)
    assert (once.mean, once.std) == pytest.approx((3, 2.160247), abs=1e-6)
    # 0.9 * 3 + 0.1 * 6 and 0.9 * 2.160247 + 0.1 * 1.414214
    twice = once.updated(SECOND, 0.9)
    assert (twice.mean, twice.std) == pytest.approx((3.3, 2.085644), abs=1e-6)


def test_the_released_start_has_a_tenth_of_the_deviation() -> None:
    controller = BetaController(DynamicBeta(start_at_zero=True), 0.1)
    controller.decide(FIRST)
    statistics = controller.statistics
    assert (statistics.mean, statistics.std) == pytest.approx((0.3, 0.2160247), abs=1e-6)


def test_one_gap_has_no_deviation() -> None:
    alone = GapStatistics().updated(torch.tensor([4.0]), 0.9)
    assert alone == GapStatistics(4.0, None)
    known = GapStatistics(3.0, 2.0).updated(torch.tensor([4.0]), 0.9)
    assert (known.mean, known.std) == pytest.approx((3.1, 2.0))
    assert draw_kept(torch.tensor([4.0]), alone, 0.8, seeded()).tolist() == [True]
    decision = BetaController(DynamicBeta(), 0.1).decide(torch.tensor([4.0]))
    assert decision.beta == pytest.approx(0.1)
    assert decision.keep.tolist() == [1.0]


@pytest.mark.parametrize(("kept_mean", "beta"), [(7.0, 0.22), (5.0, 0.1), (2.0, 1e-3), (-1e9, 1e-3)])
def test_beta_by_hand(kept_mean: float, beta: float) -> None:
    # 0.1 * (1 + 0.6 * (7 - 5)); at 2 it would be -0.08, and the floor holds
    assert batch_beta(0.1, kept_mean, GapStatistics(5.0, 1.0), DynamicBeta()) == pytest.approx(beta)


def test_a_decision_by_hand() -> None:
    # everything kept: the statistics include the batch before they are used, so that the second batch,
    # mean 6, meets a running mean of 3.3: 0.1 * (1 + 0.5 * 2.7)
    controller = BetaController(DynamicBeta(scale=0.5, keep=1.0), 0.1)
    assert controller.decide(FIRST).beta == pytest.approx(0.1)
    assert controller.decide(SECOND).beta == pytest.approx(0.235)


@given(
    st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=40),
    st.floats(0.05, 1),
    st.sampled_from([None, 0.0, 1e-6, 1.0]),
)
@settings(max_examples=80, deadline=None)
def test_the_share_is_kept_whatever_the_gaps(gaps: list[float], share: float, std: float | None) -> None:
    # among them deviations of zero and outliers whose weight exp(-x^2 / 2) is zero in double precision
    kept = draw_kept(torch.tensor(gaps), GapStatistics(0.0, std), share, seeded())
    assert kept.sum().item() == max(1, round(share * len(gaps)))


def test_draws_have_the_weights_of_the_formula() -> None:
    gaps, generator = torch.tensor([0.0, 1.0, 2.5]), seeded(3)
    counts = Counter(
        int(draw_kept(gaps, GapStatistics(0.0, 1.0), 1 / 3, generator).nonzero()) for _ in range(6000)
    )
    weights = [math.exp(-(gap**2) / 2) for gap in gaps.tolist()]  # 1, 0.607, 0.044
    for index, weight in enumerate(weights):
        expected = weight / sum(weights)
        spread = math.sqrt(expected * (1 - expected) / 6000)
        assert counts[index] / 6000 == pytest.approx(expected, abs=4 * spread)


def test_two_are_drawn_without_replacement() -> None:
    # the chance that 0 and 1 are kept of three is w0 w1 / (W (W - w0)) + w1 w0 / (W (W - w1))
    gaps, generator = torch.tensor([0.0, 1.0, 1.5]), seeded(4)
    weights = [math.exp(-(gap**2) / 2) for gap in gaps.tolist()]
    total = sum(weights)
    expected = weights[0] * weights[1] / total * (1 / (total - weights[0]) + 1 / (total - weights[1]))
    draws = [draw_kept(gaps, GapStatistics(0.0, 1.0), 2 / 3, generator).tolist() for _ in range(6000)]
    share = sum(kept == [True, True, False] for kept in draws) / 6000
    assert share == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 6000))


class Ranks:
    """As many threads as ranks, whose gather waits for all of them."""

    def __init__(self, count: int) -> None:
        self._barrier = Barrier(count, timeout=60)
        self._parts: list[Tensor] = [torch.empty(0)] * count

    def gather_of(self, rank: int) -> Callable[[Tensor], Tensor]:
        def gather(part: Tensor) -> Tensor:
            self._parts[rank] = part
            self._barrier.wait()
            whole = torch.cat(self._parts)
            self._barrier.wait()
            return whole

        return gather


def test_ranks_decide_as_one_process_does() -> None:
    steps = [3 * torch.randn(8, generator=seeded(step)) for step in range(4)]
    config = DynamicBeta(scale=0.3, keep=0.6, seed=5)
    single = BetaController(config, 0.1)
    expected = [single.decide(gaps) for gaps in steps]
    ranks = Ranks(2)
    controllers = [BetaController(config, 0.1, ranks.gather_of(rank), rank) for rank in range(2)]

    with ThreadPoolExecutor(2) as pool:
        for gaps, one in zip(steps, expected, strict=True):
            parts = gaps.split(4)
            jobs = [pool.submit(c.decide, p) for c, p in zip(controllers, parts, strict=True)]
            both = [job.result() for job in jobs]
            assert both[0].beta == both[1].beta == one.beta
            assert torch.equal(torch.cat([decision.keep for decision in both]), one.keep)
            # the mean over both ranks is the mean over what is kept of the whole batch
            losses = gaps.exp()
            means = [(p.exp() * d.keep).mean() for p, d in zip(parts, both, strict=True)]
            kept = losses[one.keep > 0]
            assert len(kept) == 5
            assert torch.stack(means).mean().item() == pytest.approx(kept.mean().item(), rel=1e-5)


def test_an_example_without_a_preference_is_not_counted_and_stays() -> None:
    controller = BetaController(DynamicBeta(keep=0.5), 0.1)
    decision = controller.decide(torch.tensor([1.0, math.nan, 3.0, math.nan]))
    assert controller.statistics.mean == 2
    assert decision.keep[[1, 3]].tolist() == [1, 1]
    assert sorted(decision.keep[[0, 2]].tolist()) == [0, 2]
    assert decision.kept == 0.75
    before = controller.statistics
    decision = controller.decide(torch.tensor([math.nan, math.nan]))
    assert controller.statistics == before
    assert (decision.beta, decision.keep.tolist()) == (0.1, [1, 1])


def test_an_infinite_gap_stops_the_run_and_not_the_statistics() -> None:
    controller = BetaController(DynamicBeta(), 0.1)
    controller.decide(FIRST)
    before = controller.statistics
    with pytest.raises(ValueError, match="diverged"):
        controller.decide(torch.tensor([1.0, math.inf]))
    assert controller.statistics == before


def test_a_resumed_run_decides_as_an_uninterrupted_one() -> None:
    config = DynamicBeta(keep=0.5)
    whole = BetaController(config, 0.1)
    whole.decide(FIRST)
    file = io.BytesIO()
    torch.save(whole.state_dict(), file)
    file.seek(0)
    resumed = BetaController(config, 0.1)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    for _ in range(3):
        first, second = (c.decide(FIRST.flip(0)) for c in (whole, resumed))
        assert first.beta == second.beta
        assert torch.equal(first.keep, second.keep)


def test_a_step_from_gaps_to_loss() -> None:
    policy, reference = golden_logps()
    policy.requires_grad_(True)
    objective = PRESETS["mcm-dpo"]
    gaps = preference_gaps(policy, reference, objective)
    decision = BetaController(DynamicBeta(scale=0.6, keep=0.7), objective.beta).decide(gaps)
    out = preference_loss(policy, reference, objective, beta=decision.beta, keep=decision.keep)
    chosen = decision.keep > 0
    assert chosen.sum() == 2
    expected = torch.log1p(torch.exp(-decision.beta * gaps[chosen])).mean()
    assert out.losses.mean().item() == pytest.approx(expected.item(), abs=1e-12)
    # beta is a number: the gradient is that of a constant beta
    out.losses.mean().backward()
    assert policy.grad is not None
    factor = -decision.beta * torch.sigmoid(-decision.beta * gaps) * chosen / 2
    torch.testing.assert_close(policy.grad[:, 0, 0, 0], factor)
