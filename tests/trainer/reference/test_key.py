"""The key of a reference log-probability: whatever changes the numbers changes the key, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from altd.describe.prompt import Context
from altd.models.loading import load_model
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.families import load_processor
from altd_trainer.negatives import NegativeConfig
from altd_trainer.reference import key
from altd_trainer.reference.key import difference, example_parts, settings_parts
from tiny_families import FAMILIES, build_family

from .models import collator_of, lora_model

MakeExamples = Callable[[int], list[PreferenceExample]]
SEEN = NegativeConfig(image="other")


def grey(shade: int) -> Image.Image:
    return Image.new("RGB", (4, 4), (shade, shade, shade))


OWN = PreferenceExample(
    id="e",
    image=grey(1),
    context=Context(text="A post"),
    chosen="Better.",
    rejected="Worse.",
    lines=("OPEN",),
    rejected_context=Context(text="Another post"),
    rejected_image=grey(2),
)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"chosen": "Best."}, "texts"),
        ({"rejected": "Worst."}, "texts"),
        ({"rejected": None}, "texts"),
        ({"context": Context(text="A post.")}, "contexts"),
        ({"context": Context(author="A post")}, "contexts"),
        ({"rejected_context": Context(text="A third post")}, "contexts"),
        ({"lines": ("OPEN", "LATE")}, "contexts"),
        ({"image": grey(3)}, "image"),
        ({"rejected_image": grey(3)}, "rejected image"),
    ],
)
def test_every_part_of_an_example_counts(change: dict[str, Any], part: str) -> None:
    parts = example_parts(replace(OWN, **change), SEEN)
    assert difference(example_parts(OWN, SEEN), parts) == part


@pytest.mark.parametrize("change", [{"weight": 2.0}, {"source": "s"}, {"generation": "g0002"}, {"post": "p"}])
def test_what_changes_no_number_does_not_count(change: dict[str, Any]) -> None:
    assert example_parts(replace(OWN, **change), SEEN) == example_parts(OWN, SEEN)


def test_another_posts_picture_counts_where_it_is_shown_only() -> None:
    changed = replace(OWN, rejected_image=grey(3))
    assert example_parts(changed, NegativeConfig()) == example_parts(OWN, NegativeConfig())


@pytest.fixture(scope="module")
def model(model_dir: Path) -> Any:
    return lora_model(model_dir)


def test_the_same_model_loaded_again_has_the_same_parts(model: Any, model_dir: Path) -> None:
    parts = settings_parts(model, collator_of(model_dir))
    assert parts == settings_parts(lora_model(model_dir), collator_of(model_dir, max_length=99))
    # a call leaves traces in a tokenizer: how it padded
    used = collator_of(model_dir)
    used.processor.tokenizer(["a", "b c"], padding=True, truncation=True, max_length=4)
    assert parts == settings_parts(model, used)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"negatives": NegativeConfig(seed=1)}, "negatives"),
        ({"negatives": NegativeConfig(image="crop")}, "negatives"),
        ({"negatives": NegativeConfig(diffusion_step=500)}, "negatives"),
        ({"layout": "vision_shared"}, "layout"),
        ({"segment_weight": 2.0}, "segment weight"),
    ],
)
def test_every_setting_of_the_collator_counts(
    model: Any, model_dir: Path, change: dict[str, Any], part: str
) -> None:
    before = settings_parts(model, collator_of(model_dir))
    assert difference(before, settings_parts(model, collator_of(model_dir, **change))) == part


def _tokenizer(processor: Any) -> None:
    processor.tokenizer.add_tokens(["harbour"])


def _pictures(processor: Any) -> None:
    processor.image_processor.image_mean = [0.5, 0.5, 0.5]


def _template(processor: Any) -> None:
    processor.chat_template = "{{ messages }}"


@pytest.mark.parametrize("change", [_tokenizer, _pictures, _template])
def test_the_processor_counts(model: Any, model_dir: Path, change: Callable[[Any], None]) -> None:
    processor = load_processor(model_dir)
    change(processor)
    before = settings_parts(model, collator_of(model_dir))
    assert (
        difference(before, settings_parts(model, collator_of(model_dir, processor=processor))) == "processor"
    )


def test_the_prompt_counts(model: Any, model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings_parts(model, collator_of(model_dir))
    monkeypatch.setattr(key, "PROMPT_VERSION", 99)
    assert difference(before, settings_parts(model, collator_of(model_dir))) == "prompt version"


def _weight(model: Any) -> None:
    next(p for n, p in model.named_parameters() if "norm" in n).data.add_(1e-6)


def _adapter(model: Any) -> None:
    next(p for n, p in model.named_parameters() if ".lora_A." in n).data.add_(1e-6)


def _attention(model: Any) -> None:
    model.config.text_config._attn_implementation = "eager"


@pytest.mark.parametrize(
    ("change", "part"), [(_weight, "model"), (_adapter, "adapter"), (_attention, "attention")]
)
def test_the_model_counts(model_dir: Path, change: Callable[[Any], None], part: str) -> None:
    model = lora_model(model_dir)
    before = settings_parts(model, collator_of(model_dir))
    change(model)
    assert difference(before, settings_parts(model, collator_of(model_dir))) == part


def test_the_adapters_scale_counts(model: Any, model_dir: Path) -> None:
    before = settings_parts(model, collator_of(model_dir))
    after = settings_parts(lora_model(model_dir, alpha=16), collator_of(model_dir))
    assert difference(before, after) == "adapter"


def test_a_fresh_adapter_is_none_whatever_its_first_draw(model_dir: Path) -> None:
    collator = collator_of(model_dir)
    fresh = settings_parts(lora_model(model_dir, seed=1, std=0), collator)
    assert fresh["adapter"] == "none"
    assert fresh == settings_parts(lora_model(model_dir, seed=2, std=0), collator)


def test_number_formats_count(model: Any, model_dir: Path) -> None:
    collator = collator_of(model_dir)
    before = settings_parts(model, collator)
    half = settings_parts(lora_model(model_dir).bfloat16(), collator)
    assert (before["dtype"], half["dtype"]) == ("float32", "bfloat16")
    with torch.autocast("cpu", torch.bfloat16):
        assert difference(before, settings_parts(model, collator)) == "arithmetic"
    in_4_bit = settings_parts(load_model(model_dir, "nf4"), collator)
    assert before["quantisation"] == "none"
    assert '"bnb_4bit_quant_type": "nf4"' in in_4_bit["quantisation"]


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_has_all_parts(name: str, tmp_path: Path) -> None:
    directory = build_family(name, tmp_path / "tiny")
    model = load_model(directory, "none")
    processor = load_processor(directory)
    collator = DataCollatorForMCMPreference(processor, NegativeConfig())
    parts = settings_parts(model, collator)
    assert all(parts.values())
    assert parts["adapter"] == "none"
    processor.image_processor.image_mean = [0.1, 0.2, 0.3]
    assert difference(parts, settings_parts(model, collator)) == "processor"
