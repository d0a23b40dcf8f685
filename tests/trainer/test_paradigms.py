"""The four paradigms over both stages: what trains, what does not, and what is left of it after a reload."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from altd.errors import AltdError
from altd.models.loading import Quantization, load_model, load_processor
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data import PreferenceExample, synthetic_examples
from altd_trainer.families import family_of
from altd_trainer.logprobs import leaf_logps
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.negatives import NegativeConfig
from altd_trainer.paradigms import LoraSettings, Paradigm, load_policy
from altd_trainer.sft import train_sft
from tiny_families import FAMILIES, build_family
from tiny_model import build_learner

MakeExamples = Callable[[int], list[PreferenceExample]]
Stage = Callable[[str, str], Path]
FOUR = [(first, second) for first in ("frozen", "trained") for second in ("frozen", "trained")]
STEP = {"max_steps": 1, "learning_rate": 1e-3, "warmup_steps": 0, "lr_scheduler_type": "constant"}
VISION, LAST_LAYER = "vision_tower", "encoder.layers.1."  # of two; features are those before it


@pytest.fixture(scope="module")
def clip_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_learner(tmp_path_factory.mktemp("clip") / "tiny", "clip")


@pytest.fixture(scope="module")
def stage_1(clip_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """`stage_1(adapter, vision_encoder)`: the folder of such a run, which is made once."""
    examples = synthetic_examples("train", 0, 2)

    @functools.cache
    def run(adapter: str, vision: str) -> Path:
        folder = tmp_path_factory.mktemp("stage-1")
        settings = STEP | {"adapter": adapter, "vision_encoder": vision}
        quantization: Quantization = "none" if adapter == "full" else "nf4"
        train_sft(
            clip_dir, None, examples, folder, settings, quantization=quantization, lora=LoraSettings(4, 8)
        )
        return folder

    return run


def weights(directory: Path) -> dict[str, Tensor]:
    return dict(load_model(directory, "none").state_dict())


def changed(before: Mapping[str, Tensor], after: Mapping[str, Tensor]) -> set[str]:
    assert before.keys() == after.keys()
    return {name for name, value in before.items() if not torch.equal(value, after[name])}


def intended(names: Mapping[str, Tensor], vision: str) -> set[str]:
    """Everything but the vision encoder, or but what gets no gradient in it."""
    reached = {name for name in names if LAST_LAYER not in name and "post_layernorm" not in name}
    return reached if vision == "trained" else {name for name in reached if VISION not in name}


def chosen_logp(model: Any, directory: Path, examples: list[PreferenceExample]) -> float:
    collator = DataCollatorForMCMPreference(load_processor(directory), NegativeConfig(), layout="tree")
    with torch.no_grad():
        return float(leaf_logps(model, collator(examples))[:, 0, 0, 0].mean())


@pytest.mark.parametrize(("first", "second"), FOUR)
def test_full_training_changes_exactly_what_it_should(
    clip_dir: Path, stage_1: Stage, tmp_path: Path, make_examples: MakeExamples, first: str, second: str
) -> None:
    examples, one = make_examples(2), stage_1("full", first)
    start, middle = weights(clip_dir), weights(one / "model")
    assert changed(start, middle) == intended(start, first)

    held_out = [replace(example, id=f"held {example.id}") for example in examples]
    settings = STEP | {"adapter": "full", "vision_encoder": second}
    figures = train_mcm_dpo(
        one / "model", None, examples, tmp_path, settings, held_out=held_out, quantization="none"
    )
    end = weights(tmp_path / "model")
    assert changed(middle, end) == intended(start, second)
    again = chosen_logp(load_model(tmp_path / "model", "none"), tmp_path / "model", held_out)
    assert again == pytest.approx(figures["eval_logps/chosen"], abs=1e-4)


@pytest.mark.parametrize(("first", "second"), FOUR)
def test_lora_training_changes_exactly_what_it_should(
    clip_dir: Path, stage_1: Stage, tmp_path: Path, make_examples: MakeExamples, first: str, second: str
) -> None:
    examples, one = make_examples(2), stage_1("lora", first)
    begun = load_file(one / "adapter" / "adapter_model.safetensors")
    assert any(VISION in name for name in begun) == (first == "trained")

    held_out = [replace(example, id=f"held {example.id}") for example in examples]
    settings = STEP | {"vision_encoder": second}
    figures = train_mcm_dpo(clip_dir, one / "adapter", examples, tmp_path, settings, held_out=held_out)
    ended = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert any(VISION in name for name in ended) == ("trained" in (first, second))
    assert not any(LAST_LAYER in name for name in ended)
    for name, value in ended.items():
        trains = VISION not in name or second == "trained"
        assert torch.equal(value, begun.get(name, torch.zeros_like(value))) is not trains, name
    for part in ("language_model", "multi_modal_projector"):
        assert any(part in name for name in ended)

    # trainable: served 4-bit weights may go through a kernel of less precision
    model = load_model(clip_dir, "nf4", adapter=tmp_path / "adapter", trainable=True)
    again = chosen_logp(model, clip_dir, held_out)
    assert again == pytest.approx(figures["eval_logps/chosen"], abs=1e-4)


def test_the_vision_encoder_is_never_in_4_bits(clip_dir: Path) -> None:
    model = load_policy(clip_dir, Paradigm("trained"), "nf4")
    packed = {name for name, value in model.named_parameters() if value.dtype == torch.uint8}
    assert packed
    assert all("language_model" in name for name in packed)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("adapter", ["lora", "full"])
def test_every_family_has_its_parts(family: str, adapter: Any, tmp_path: Path) -> None:
    directory = build_family(family, tmp_path / family)
    for vision in ("frozen", "trained"):
        model = load_policy(directory, Paradigm(vision, adapter), "none")
        paths = family_of(model.config)
        names = [name for name, value in model.named_parameters() if value.requires_grad]
        projector = [name for name in names if paths.projector in name or "merger" in name]
        tower = [name for name in names if paths.vision_tower in name and name not in projector]
        assert projector
        assert bool(tower) == (vision == "trained")
        assert any(paths.language_model in name for name in names)


def test_full_training_of_4_bits_is_refused(clip_dir: Path) -> None:
    with pytest.raises(AltdError, match="set quantization to none, or adapter to lora"):
        load_policy(clip_dir, Paradigm(adapter="full"), "nf4")


def test_full_training_wants_its_reference_before_the_first_step(
    clip_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    settings = STEP | {"adapter": "full", "precompute_ref_log_probs": False}
    with pytest.raises(AltdError, match="set precompute_ref_log_probs to true"):
        train_mcm_dpo(clip_dir, None, make_examples(2), tmp_path, settings, quantization="none")


def test_full_training_goes_on_from_an_adapter(
    clip_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    examples = make_examples(2)
    train_sft(clip_dir, None, examples, tmp_path, STEP | {"learning_rate": 0.1}, quantization="none")
    adapted = load_model(clip_dir, "none", adapter=tmp_path / "adapter")
    merged = load_policy(clip_dir, Paradigm(adapter="full"), "none", adapter=tmp_path / "adapter")
    expected = chosen_logp(adapted, clip_dir, examples)
    assert chosen_logp(merged, clip_dir, examples) == pytest.approx(expected, rel=1e-4)
    assert expected != pytest.approx(chosen_logp(load_model(clip_dir, "none"), clip_dir, examples), rel=1e-3)


@pytest.mark.parametrize("wrong", [{"vision_encoder": "thawed"}, {"adapter": "dora"}])
def test_an_unknown_paradigm_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be one of"):
        Paradigm(**wrong)
