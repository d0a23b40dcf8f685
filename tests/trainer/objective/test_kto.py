"""KTO by hand, beside plain arithmetic."""

import math

import pytest
import torch

from altd_trainer.objective import PRESETS, loss_and_gradients, preference_loss

KTO = PRESETS["kto"]


def logps(*rows: tuple[float, float, float]) -> torch.Tensor:
    """(chosen, rejected, chosen beside what is not its prompt) of each example; all else is never read."""
    made = torch.full((len(rows), 2, 2, 2), torch.nan).double()
    for row, (chosen, rejected, elsewhere) in zip(made, rows, strict=True):
        row[0, 0, 0], row[0, 0, 1], row[1, 1, 0] = chosen, rejected, elsewhere
    return made


def squashed(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_both_texts_are_held_against_the_drift() -> None:
    # log-ratios: chosen 3 and 1, rejected -2, elsewhere 4 and -1, whose mean 1.5 is the drift; beta 0.1
    policy, reference = logps((-7, -12, -6), (-4, -9, -21)), logps((-10, -10, -10), (-5, -9, -20))
    out = preference_loss(policy, reference, KTO, has_rejected=torch.tensor([True, False]))
    first = (1 - squashed(0.1 * (3 - 1.5)) + 1 - squashed(0.1 * (1.5 + 2))) / 2
    second = 1 - squashed(0.1 * (1 - 1.5))
    assert out.losses.tolist() == pytest.approx([first, second], abs=1e-12)


def test_a_drift_downwards_counts_as_none() -> None:
    policy, reference = logps((-7, -12, -16)), logps((-10, -10, -10))
    out = preference_loss(policy, reference, KTO)
    assert out.losses.item() == pytest.approx(1 - (squashed(0.3) + squashed(0.2)) / 2, abs=1e-12)


def test_no_gradient_flows_through_the_drift() -> None:
    policy, reference = logps((-7, -12, -6)), logps((-10, -10, -10))
    _, gradients = loss_and_gradients(policy, reference, KTO)
    assert gradients.logps[0, 0, 0, 0] < 0 < gradients.logps[0, 0, 0, 1]
    assert gradients.logps[0].count_nonzero() == 2


def test_nothing_moved_is_a_half() -> None:
    same = logps((-7, -12, -6))
    assert preference_loss(same, same, KTO).losses.item() == 0.5
