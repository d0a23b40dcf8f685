"""Families against their own models and processors."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from PIL import Image
from transformers import AutoConfig, AutoModelForImageTextToText

from altd.describe.prompt import build_prompt, build_question
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data import PreferenceExample
from altd_trainer.families import family_of, load_processor, processor_family
from altd_trainer.logprobs import leaf_logps
from altd_trainer.negatives import NegativeConfig
from tiny_families import FAMILIES, build_family

from .tree.conftest import AWKWARD


@pytest.fixture(scope="module", params=FAMILIES)
def directory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_family(request.param, tmp_path_factory.mktemp("family") / request.param)


@pytest.fixture(scope="module")
def model(directory: Path) -> Any:
    return AutoModelForImageTextToText.from_pretrained(directory).eval()


def one_answer(model: Any, processor: Any, example: PreferenceExample, rejected: bool) -> float:
    """log p(answer | picture, context) as processor and model are documented, over all logits."""
    family = processor_family(processor)
    prompt = family.prompt(processor, build_question(example.context, example.lines))
    text = family.answer(processor.tokenizer, example.rejected if rejected else example.chosen)
    answer = processor.tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    inputs = processor(text=[prompt], images=[example.image], return_tensors="pt")
    start = inputs["input_ids"].shape[1]
    inputs["input_ids"] = torch.cat([inputs["input_ids"], answer], dim=1)
    inputs.pop("attention_mask")
    if "mm_token_type_ids" in inputs:
        inputs["mm_token_type_ids"] = torch.nn.functional.pad(
            inputs["mm_token_type_ids"], (0, answer.shape[1])
        )
    with torch.no_grad():
        logps = model(**inputs).logits.log_softmax(-1)
    return sum(logps[0, start + k - 1, answer[0, k]].item() for k in range(answer.shape[1]))


@pytest.mark.parametrize("layout", ["tree", "vision_shared", "rows"])
def test_log_probabilities_are_those_of_the_models_own_call(layout: str, directory: Path, model: Any) -> None:
    processor = load_processor(directory)
    batch = DataCollatorForMCMPreference(processor, NegativeConfig(), layout=layout)(AWKWARD)
    with torch.no_grad():
        logps = leaf_logps(model, batch)
    for index, example in enumerate(AWKWARD):
        for response in range(2 if example.rejected else 1):
            expected = one_answer(model, processor, example, bool(response))
            assert logps[index, 0, 0, response].item() == pytest.approx(expected, abs=5e-4)


def test_t7_a_prompt_has_the_tokens_that_serving_gives_it(directory: Path) -> None:
    processor = load_processor(directory)
    family = processor_family(processor)
    for example in AWKWARD:
        prompt = family.prompt(processor, build_question(example.context))
        served = processor(text=[prompt], images=[example.image])["input_ids"][0]
        inputs = family.encode_image(processor, example.image)
        assert family.expand_prompt(processor, prompt, inputs) == list(served)


def test_llava_keeps_the_prompt_that_is_served(directory: Path) -> None:
    processor = load_processor(directory)
    question = build_question(AWKWARD[0].context)
    prompt = processor_family(processor).prompt(processor, question)
    assert (prompt == build_prompt(question)) == (type(processor).__name__ == "LlavaProcessor")
    assert question in prompt
    assert prompt.count(processor.image_token) == 1


def test_t6_a_blank_picture_is_not_dropped(directory: Path, model: Any) -> None:
    processor = load_processor(directory)
    family = processor_family(processor)
    picture = family.encode_image(processor, AWKWARD[0].image)
    blank = {**picture, "pixel_values": torch.zeros_like(picture["pixel_values"])}
    vision = family.join_images([blank, picture])
    with torch.no_grad():
        features = model.get_image_features(**vision, return_dict=True).pooler_output
    assert [len(each) for each in features] == [len(features[0])] * 2


def test_pictures_are_taken_as_they_were_joined(directory: Path) -> None:
    processor = load_processor(directory)
    family = processor_family(processor)
    pictures = [family.encode_image(processor, example.image) for example in AWKWARD]
    taken = family.take_images(family.join_images(pictures), torch.tensor([2, 0, 2]))
    expected = family.join_images([pictures[2], pictures[0], pictures[2]])
    assert taken.keys() == expected.keys()
    for name, values in expected.items():
        region = tuple(slice(size) for size in values.shape)  # others may have been larger
        torch.testing.assert_close(taken[name][region], values)


def test_named_modules_exist(directory: Path, model: Any) -> None:
    family = family_of(model.config)
    for path in (family.vision_tower, family.projector, family.language_model):
        assert any(True for _ in model.get_submodule(path).parameters())
    assert set(family.not_in_4_bit) == {"lm_head", family.vision_tower, family.projector}


def test_every_adapter_gets_a_gradient(directory: Path, model: Any) -> None:
    """LLaVA reads its tower before the last layer, where an adapter would stop data parallel training."""
    family = family_of(model.config)
    adapted = get_peft_model(
        AutoModelForImageTextToText.from_pretrained(directory),
        LoraConfig(r=2, target_modules="all-linear", exclude_modules=family.without_gradient(model.config)),
    )
    batch = DataCollatorForMCMPreference(load_processor(directory), NegativeConfig(), layout="tree")(AWKWARD)
    leaf_logps(adapted, batch).sum().backward()
    trained = {name: p.grad for name, p in adapted.named_parameters() if p.requires_grad}
    assert [name for name, gradient in trained.items() if gradient is None] == []
    assert any(family.vision_tower in name for name in trained)


def test_what_llava_never_reaches() -> None:
    config = AutoConfig.for_model("llava", vision_feature_layer=-2)
    pattern = family_of(config).without_gradient(config)
    assert pattern is not None
    tower = "base_model.model.model.vision_tower.vision_model"
    assert re.fullmatch(pattern, f"{tower}.encoder.layers.23.mlp.fc1")
    assert re.fullmatch(pattern, f"{tower}.post_layernorm")
    assert not re.fullmatch(pattern, f"{tower}.encoder.layers.22.mlp.fc1")
    assert not re.fullmatch(pattern, "base_model.model.model.language_model.layers.23.mlp.up_proj")


def test_llava_over_siglip_does_not_adapt_the_pooling_head() -> None:
    config = AutoConfig.for_model(
        "llava",
        text_config={"model_type": "llama", "vocab_size": 16, **SMALL},
        vision_config={"model_type": "siglip_vision_model", "image_size": 8, "patch_size": 4, **SMALL},
        vision_feature_select_strategy="full",
    )
    model = AutoModelForImageTextToText.from_config(config)
    left_out = family_of(config).without_gradient(config)
    adapted = get_peft_model(model, LoraConfig(r=2, target_modules="all-linear", exclude_modules=left_out))
    features = model.get_image_features(pixel_values=torch.rand(1, 3, 8, 8), return_dict=True)
    torch.cat(list(features.pooler_output)).sum().backward()
    trained = {n: p for n, p in adapted.named_parameters() if p.requires_grad and "language_model" not in n}
    assert any("layers.0" in name for name in trained)
    assert [name for name, parameter in trained.items() if parameter.grad is None] == []


SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ValueError, match=r"gemma3 is no family that can be trained here.*llava"):
        family_of(AutoConfig.for_model("gemma3"))
    with pytest.raises(ValueError, match="Image is no family"):
        processor_family(Image.new("RGB", (1, 1)))
