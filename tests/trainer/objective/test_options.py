"""Weights, options and presets."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from altd_trainer.objective import PLAIN_DPO, PRESETS, DynamicBeta, Objective, PreferenceWeights

shares = st.lists(st.floats(0, 3), min_size=7, max_size=7).filter(lambda values: max(values) > 0.01)


@given(shares, st.booleans(), st.booleans(), st.floats(0.1, 5))
@settings(max_examples=60, deadline=None)
def test_coefficients_sum_to_zero(
    values: list[float], has_rejected: bool, renormalise: bool, normaliser: float
) -> None:
    weights = PreferenceWeights(*values, normaliser=normaliser)
    table = weights.coefficients(has_rejected, renormalise)
    assert table.sum().item() == pytest.approx(0, abs=1e-12)
    if renormalise and weights.active(has_rejected):
        assert table[0, 0, 0].item() == pytest.approx(1, abs=1e-12)


def test_shares_by_hand() -> None:
    table = PreferenceWeights().table(has_rejected=False, renormalise=True)
    # 0.5, 0.5 and 0.2 are left of 2.8
    assert table[0, 1, 0].item() == pytest.approx(0.5 / 1.2)
    assert table[1, 1, 0].item() == pytest.approx(0.2 / 1.2)
    assert table[..., 1].count_nonzero() == 0
    assert PLAIN_DPO.table(has_rejected=False, renormalise=True).count_nonzero() == 0


def test_presets_are_the_published_objectives() -> None:
    assert set(PRESETS) == {"dpo", "mdpo", "chip", "kto", "mcm-dpo"}
    assert all(preset.beta == 0.1 for preset in PRESETS.values())
    assert PRESETS["mcm-dpo"] == Objective()
    assert PRESETS["dpo"].weights.active() == {"response": 1.0}
    for name in ("mdpo", "chip"):
        weights = PRESETS[name].weights
        assert weights.active() == {"response": 1.0, "image": 1.0}
        assert weights.normaliser == 1
    assert PRESETS["mdpo"].aggregation == "separate"
    assert PRESETS["mdpo"].anchor == 1
    assert PRESETS["kto"].leaves == ((0, 0, 0), (0, 0, 1), (1, 1, 0))
    assert (PRESETS["chip"].segment, PRESETS["chip"].token_kl) == (4, 0.1)


@pytest.mark.parametrize(
    "wrong",
    [{"beta": 0.0}, {"anchor": -1.0}, {"entropy": -1.0}, {"sft": -0.1}, {"segment": 0.0}, {"token_kl": -1.0}],
)
def test_options_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        Objective(**wrong)


def test_unknown_aggregation_is_refused() -> None:
    with pytest.raises(ValueError, match="aggregation must be one of"):
        Objective(aggregation="outside")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong", [{"momentum": 1.0}, {"keep": 0.0}, {"keep": 1.1}, {"floor": 0.0}, {"scale": -0.1}]
)
def test_dynamic_beta_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="dynamic beta wants"):
        DynamicBeta(**wrong)  # type: ignore[arg-type]
