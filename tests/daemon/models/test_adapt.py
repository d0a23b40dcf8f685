"""LLaVA-1.6 as MCM-DPO trained it: one padded view, 576 image tokens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import LlavaForConditionalGeneration, LlavaNextForConditionalGeneration

from altd.describe.prompt import build_prompt
from altd.models.adapt import adapt, one_padded_view
from altd.models.known import KNOWN
from altd.models.loading import load_model, load_processor
from tiny_families import build_family

LLAVA = KNOWN["llava-1.6-vicuna-7b"]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny LLaVA-1.6 as it lies on the hub: pictures of 16 pixels in patches of 4."""
    return build_family("llava_next", tmp_path_factory.mktemp("llava") / "published")


@pytest.fixture(scope="module")
def served(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("llava") / "served"
    directory.mkdir()
    for file in published.iterdir():
        (directory / file.name).write_bytes(file.read_bytes())
    processor = json.loads((directory / "processor_config.json").read_text())
    if "image_processor" in processor:  # newer versions write one file where the hub has two
        pixels = json.dumps(processor.pop("image_processor"))
        (directory / "preprocessor_config.json").write_text(pixels)
    adapt(LLAVA, directory)
    return directory


def test_one_view_of_one_picture(served: Path) -> None:
    processor = load_processor(served)
    wide = Image.new("RGB", (40, 10), "red")
    inputs = processor(images=wide, text=build_prompt("What?"), return_tensors="pt")
    assert inputs["pixel_values"].shape == (1, 3, 16, 16)
    image_token = processor.tokenizer.convert_tokens_to_ids("<image>")
    assert int((inputs["input_ids"] == image_token).sum()) == 16


def test_the_picture_is_padded_and_not_cropped(served: Path) -> None:
    wide = Image.new("RGB", (40, 10), "red")
    pixels = load_processor(served)(images=wide, text="<image>", return_tensors="pt")["pixel_values"][0]
    assert pixels[0, 8, 0] == pixels[0, 8, -1] != pixels[0, 0, 0]  # red from side to side, the mean above


def test_the_weights_are_the_published_ones(published: Path, served: Path) -> None:
    """One padded view through our class gives the features that the published class computes for it."""
    model = load_model(served, "none")
    assert type(model) is LlavaForConditionalGeneration
    original = LlavaNextForConditionalGeneration.from_pretrained(published).eval()
    pixels = torch.rand(1, 3, 16, 16)
    with torch.no_grad():
        ours = model.get_image_features(pixels, return_dict=True).pooler_output[0]
        tower = original.model.vision_tower(pixels, output_hidden_states=True).hidden_states[-2][:, 1:]
        theirs = original.model.multi_modal_projector(tower)[0]
    torch.testing.assert_close(ours, theirs)
    ids = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        torch.testing.assert_close(model(input_ids=ids).logits, original(input_ids=ids).logits)


def test_the_real_size_has_576_tokens(tmp_path: Path) -> None:
    config = {"model_type": "llava_next", "vision_config": {"image_size": 336, "patch_size": 14}}
    (tmp_path / "config.json").write_text(json.dumps(config | {"image_grid_pinpoints": [[336, 672]]}))
    one_padded_view(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert (written["model_type"], written["image_seq_length"]) == ("llava", 576)
    assert "image_grid_pinpoints" not in written
    images = json.loads((tmp_path / "preprocessor_config.json").read_text())
    assert (images["crop_size"], images["do_pad"]) == ({"height": 336, "width": 336}, True)
    assert LLAVA.shape.image_tokens == 576


def test_other_models_are_left_alone(tmp_path: Path) -> None:
    adapt(KNOWN["qwen3-vl-4b"], tmp_path)
    assert list(tmp_path.iterdir()) == []
