"""Rejected pictures of every family that can be trained, by its own processor."""

from functools import partial

import pytest
import torch
from PIL import Image

from altd.describe.prompt import Context
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.families import load_processor, processor_family
from altd_trainer.negatives import Encode, NegativeConfig, rejected_inputs
from tiny_families import FAMILIES, build_family

PICTURE = Image.radial_gradient("L").convert("RGB").crop((0, 0, 120, 90))
DONOR = Image.linear_gradient("L").convert("RGB")


@pytest.fixture(scope="module", params=FAMILIES)
def family_encode(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Encode:
    """How a family that can be trained encodes pictures."""
    processor = load_processor(build_family(request.param, tmp_path_factory.mktemp("family") / "tiny"))
    return partial(processor_family(processor).encode_image, processor)


@pytest.mark.parametrize("kind", ["other", "crop", "rotate", "blank", "diffusion"])
def test_every_family_has_every_kind(kind: str, family_encode: Encode) -> None:
    example = PreferenceExample(id="id", image=PICTURE, context=Context(), chosen="text")
    inputs = family_encode(PICTURE)
    rejected = rejected_inputs(example, PICTURE, inputs, family_encode, NegativeConfig(image=kind), DONOR)
    pixels = rejected["pixel_values"]
    assert rejected.keys() == inputs.keys()
    assert pixels.isfinite().all()
    if kind != "other":
        assert pixels.shape == inputs["pixel_values"].shape
        assert not torch.equal(pixels, inputs["pixel_values"])
    # Idefics3 and SmolVLM take a picture of nothing but zeros for padding and drop it
    pictures = pixels.flatten(0, -4) if pixels.dim() > 3 else pixels
    assert pictures.flatten(1).any(dim=1).all()
