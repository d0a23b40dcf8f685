"""Token weights of changed spans."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from altd_trainer.objective import PRESETS, preference_loss, segment_weights

tokens = st.lists(st.integers(0, 5), max_size=30)


@pytest.mark.parametrize(
    ("chosen", "rejected", "in_chosen", "in_rejected"),
    [
        # "a red bus on a | wet | road in town": one word changed, one for two
        ([1, 2, 3, 4, 9, 5, 6, 7], [1, 2, 3, 8, 8, 9, 5, 6, 7], [1, 1, 1, 4, 1, 1, 1, 1], None),
        # only added or only removed: nothing changed on both sides
        ([1, 2, 3, 4, 5, 6], [1, 2, 3, 9, 9, 4, 5, 6], [1] * 6, [1] * 8),
        ([1, 2, 3, 9, 4, 5, 6], [1, 2, 3, 4, 5, 6], [1] * 7, [1] * 6),
        # the shared pair 6, 7 is too short to count as shared
        ([1, 2, 3, 4, 6, 7, 5], [1, 2, 3, 8, 6, 7, 9], [1, 1, 1, 4, 4, 4, 4], [1, 1, 1, 4, 4, 4, 4]),
        # nothing in common, and nothing at all
        ([1, 2], [3, 4, 5], [4, 4], [4, 4, 4]),
        ([1, 2, 3], [1, 2, 3], [1, 1, 1], [1, 1, 1]),
        ([], [1, 2], [], [1, 1]),
    ],
)
def test_by_hand(
    chosen: list[int], rejected: list[int], in_chosen: list[float], in_rejected: list[float] | None
) -> None:
    weights = segment_weights(chosen, rejected, 4.0)
    assert weights[0] == in_chosen
    assert weights[1] == (in_rejected or [1, 1, 1, 4, 4, 1, 1, 1, 1])


def test_long_answers_keep_their_frequent_tokens() -> None:
    # 240 tokens, most of them the same one: difflib would call it junk and find nothing shared
    chosen = [7] * 120 + [1] + [7] * 119
    rejected = [7] * 120 + [2] + [7] * 119
    weights = segment_weights(chosen, rejected, 4.0)
    assert weights[0] == weights[1] == [1.0] * 120 + [4.0] + [1.0] * 119


@given(tokens, tokens)
@settings(max_examples=100, deadline=None)
def test_weights_fit_and_either_both_change_or_none(chosen: list[int], rejected: list[int]) -> None:
    first, second = segment_weights(chosen, rejected, 4.0)
    assert (len(first), len(second)) == (len(chosen), len(rejected))
    assert set(first) | set(second) <= {1.0, 4.0}
    assert (4.0 in first) == (4.0 in second)
    assert segment_weights(chosen, rejected, 1.0) == ([1.0] * len(chosen), [1.0] * len(rejected))
    assert segment_weights(chosen, chosen, 4.0)[0] == [1.0] * len(chosen)


def test_equal_models_still_lose_ln_2_because_every_sum_is_weighted_alike() -> None:
    # The released code weights the finished sum of the reference for the rejected image by the total of
    # the weights: here 30 tokens of -1, 30 * 4 in place of 1, and z is thousands of nats.
    token_logps = -torch.ones(8, 30, dtype=torch.float64)
    weights = torch.tensor(segment_weights(range(30), range(100, 130), 4.0)[0]).double()
    sums = (token_logps * weights).sum(-1).view(1, 2, 2, 2)
    kl = torch.zeros(1, 2)
    assert preference_loss(sums, sums.clone(), PRESETS["chip"], kl=kl).losses.item() == pytest.approx(
        math.log(2)
    )
    released = sums.clone()
    released[0, 0, 1, 0] *= weights.sum()
    assert preference_loss(sums, released, PRESETS["chip"], kl=kl).losses.item() > 1000
