"""A tiny model of each family, built once, and examples that a tree could trip over."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw
from transformers import AutoModelForImageTextToText

from altd.describe.prompt import Context
from altd_trainer.collator import DataCollatorForMCMPreference, PreferenceBatch
from altd_trainer.data import PreferenceExample
from altd_trainer.families import load_processor
from altd_trainer.negatives import NegativeConfig
from tiny_families import FAMILIES, build_family

Load = Callable[..., Any]
MakeBatch = Callable[..., PreferenceBatch]


@pytest.fixture(scope="session")
def family_directories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("families")
    return {name: build_family(name, folder / name) for name in FAMILIES}


@pytest.fixture
def load(family_directories: dict[str, Path]) -> Load:
    """`load(family, dtype=…, attention=…)`: a fresh copy of the family's model."""

    def loader(name: str, dtype: torch.dtype = torch.float64, attention: str = "sdpa") -> Any:
        model = AutoModelForImageTextToText.from_pretrained(
            family_directories[name], dtype=dtype, attn_implementation=attention
        )
        if dtype == torch.float64:
            _keep_double(model)
        return model.eval()

    return loader


def _keep_double(model: torch.nn.Module) -> None:
    """transformers' RMS norms compute in float32, which would round away what is compared here."""
    for module in model.modules():
        if type(module).__name__.endswith("RMSNorm"):
            module.forward = partial(_rms_norm, module)


def _rms_norm(module: Any, hidden: torch.Tensor) -> torch.Tensor:
    return module.weight * hidden * (hidden.square().mean(-1, keepdim=True) + module.variance_epsilon).rsqrt()


@pytest.fixture
def make_batch(family_directories: dict[str, Path]) -> MakeBatch:
    """`make_batch(family, layout, …)`: the awkward examples in a layout."""

    def make(
        name: str,
        layout: str,
        examples: list[PreferenceExample] | None = None,
        negative: str = "diffusion",
        **options: Any,
    ) -> PreferenceBatch:
        processor = load_processor(family_directories[name])
        negatives = NegativeConfig(seed=3, image=negative)
        collator = DataCollatorForMCMPreference(processor, negatives, layout=layout, **options)
        return collator(AWKWARD if examples is None else examples)

    return make


def _picture(colour: str, width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).ellipse((8, 6, 36, 30), fill=colour)
    return image


def _example(name: str, size: tuple[int, int], context: str, other: str, *texts: str) -> PreferenceExample:
    return PreferenceExample(
        id=name,
        image=_picture("red", *size),
        context=Context(text=context),
        chosen=texts[0],
        rejected=texts[1] if len(texts) > 1 else None,
        rejected_context=Context(text=other),
        rejected_image=_picture("blue", size[1] + 9, size[0]),
    )


AWKWARD = [
    _example("apart", (48, 36), "The harbour fair", "Our train left late", "A red dot.", "Some picture."),
    _example("prefix", (20, 44), "Our train", "Our train left before noon", "A dot.", "A dot of red on it."),
    _example("no rejected", (40, 40), "", "A much longer post about nothing that is seen", "A red dot."),
]
"""Of several lengths and picture sizes; contexts that begin alike, one of them empty; responses that begin
alike; one without a rejected response."""
