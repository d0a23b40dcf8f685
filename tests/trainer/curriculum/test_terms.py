"""Terms of the objective over a run."""

import pytest
import torch

from altd_trainer.curriculum import TermCurriculum
from altd_trainer.objective import PLAIN_DPO, PRESETS, Objective, PreferenceWeights, preference_loss


def test_released_weights_by_hand() -> None:
    curriculum = TermCurriculum(PreferenceWeights(), total=8)
    assert [curriculum.at(step) for step in (0, 2, 4, 6, 7, 100)] == [
        curriculum.stages[stage] for stage in (0, 1, 2, 3, 3, 3)
    ]
    assert [list(weights.active()) for weights in curriculum.stages] == [
        ["response"],
        ["response", "image", "context"],
        ["response", "image", "context", "context_response", "image_response", "context_image"],
        list(PreferenceWeights().active()),
    ]
    # the sums of what is in force: 1, 1 + 0.5 + 0.5, + 3 * 0.2, + 0.2
    assert [weights.normaliser for weights in curriculum.stages] == pytest.approx([1, 2, 2.6, 2.8])
    assert curriculum.stages[-1] == PreferenceWeights()


@pytest.mark.parametrize("normaliser", [1.0, 2.8, 7.0])
def test_every_stage_pulls_as_hard_as_the_last(normaliser: float) -> None:
    weights = PreferenceWeights(normaliser=normaliser)
    winners = [stage.coefficients()[0, 0, 0].item() for stage in TermCurriculum(weights, 8).stages]
    assert winners == pytest.approx([2.8 / normaliser] * 4)


def test_stages_without_weight_are_left_out() -> None:
    assert TermCurriculum(PLAIN_DPO, 10).stages == (PLAIN_DPO,)
    assert [list(stage.active()) for stage in TermCurriculum(PRESETS["chip"].weights, 10).stages] == [
        ["response"],
        ["response", "image"],
    ]
    only_pairs = PreferenceWeights(0, 0, 0, 1, 1, 1, 0, normaliser=3)
    assert TermCurriculum(only_pairs, 10).stages == (only_pairs,)


def test_the_first_stage_is_plain_dpo() -> None:
    logps = -10 * torch.rand(2, 4, 2, 2, 2, generator=torch.Generator().manual_seed(0))
    first = Objective(TermCurriculum(PreferenceWeights(), 8).at(0))
    losses = [preference_loss(*logps, objective).losses for objective in (first, PRESETS["dpo"])]
    torch.testing.assert_close(*losses)
