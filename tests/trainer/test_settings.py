"""The settings of stage 2 say what is minimised."""

from pathlib import Path
from typing import Any

import pytest

from altd_trainer.objective import PRESETS, DynamicBeta, Objective, PreferenceWeights
from altd_trainer.paradigms import Paradigm
from altd_trainer.settings import PLAIN_DPO_SETTINGS, MCMDPOConfig


def config(folder: Path, **settings: Any) -> MCMDPOConfig:
    return MCMDPOConfig(output_dir=str(folder), use_cpu=True, **settings)


def test_without_settings_it_is_the_released_objective(tmp_path: Path) -> None:
    assert config(tmp_path).objective() == Objective()
    assert config(tmp_path).paradigm() == Paradigm("frozen", "lora")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_the_start_and_settings_change_it(preset: str, tmp_path: Path) -> None:
    assert config(tmp_path, preset=preset).objective() == PRESETS[preset]
    changed = config(tmp_path, preset=preset, beta=0.5, anchor=0.0, sft_weight=0.2).objective()
    assert (changed.beta, changed.anchor, changed.sft) == (0.5, 0.0, 0.2)
    assert changed.aggregation == PRESETS[preset].aggregation


def test_every_option_arrives(tmp_path: Path) -> None:
    options: dict[str, Any] = {"aggregation": "separate", "renormalise": True, "anchor": 0.1, "entropy": 0.2}
    options |= {"segment": 2.0, "token_kl": 0.3, "beta": 0.4}
    made = config(
        tmp_path, **options, sft_weight=0.5, dynamic_beta={"scale": 0.7}, loss_weights={"image": 0.9}
    )
    weights = PreferenceWeights(image=0.9)
    assert made.objective() == Objective(weights, **options, sft=0.5, dynamic_beta=DynamicBeta(scale=0.7))


def test_the_plain_baseline_of_any_recipe_is_plain(tmp_path: Path) -> None:
    recipe: dict[str, Any] = {"preset": "mdpo", "anchor": 2.0, "sft_weight": 0.1, "beta": 0.3}
    recipe |= {"loss_weights": {"image": 0.7}, "dynamic_beta": {}, "curriculum_terms": True}
    plain = config(tmp_path, **recipe | PLAIN_DPO_SETTINGS)
    assert plain.objective() == Objective(PRESETS["dpo"].weights, beta=0.3)
    assert not plain.curriculum_terms


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": "ipo"}, "preset must be one of"),
        ({"aggregation": "beside"}, "aggregation must be one of"),
        ({"loss_weights": {"picture": 1.0}}, "picture"),
        ({"dynamic_beta": {"rate": 1.0}}, "rate"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        config(tmp_path, **settings).objective()
