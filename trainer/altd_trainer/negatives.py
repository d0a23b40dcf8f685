"""Rejected images and rejected contexts, each a pure function of (seed, example id).

The authors draw fresh noise at every access and reseed Python's global generator for the context. Here
every draw has a generator of its own, so that an example has the same negatives in every epoch, order
and process: reference log-probabilities can then be computed once, and no other randomness is touched.
"""

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from PIL import Image
from torch import Tensor

from altd_trainer.data.posts import with_rejected_contexts, with_rejected_images
from altd_trainer.data.preferences import PreferenceExample

__all__ = [
    "NegativeConfig",
    "NegativeImage",
    "diffuse",
    "noise_schedule",
    "rejected_inputs",
    "with_rejected_contexts",
    "with_rejected_images",
]

NegativeImage = Literal["other", "crop", "rotate", "blank", "diffusion"]
"""In this order a kind that would leave the picture as it is gives way to the next one."""

PIXELS = "pixel_values"
DIFFUSION_STEPS = 1000
BLANK = 2.0**-10  # some families drop a picture whose values are all exactly zero, as padding
_LEVEL = 0.02  # normalised pixels closer than this differ by about one of 256 levels

Encode = Callable[[Image.Image], Mapping[str, Tensor]]


@dataclass(frozen=True)
class NegativeConfig:
    """How negatives are made.

    Attributes:
        seed: changes every draw.
        image: `diffusion` (released default) adds noise to the normalised pixels; `crop` shows a random
            quarter of the picture at the picture's size (the released crop leaves small pictures
            unchanged); `rotate` turns by 10-80 degrees without widening; `other` is the picture of
            another post; `blank` is the processor's mean colour.
        diffusion_step: 0-999; 700 is the released value.
    """

    seed: int = 0
    image: NegativeImage = "diffusion"
    diffusion_step: int = 700

    def __post_init__(self) -> None:
        if self.image not in get_args(NegativeImage):
            raise ValueError(f"the negative image must be one of {get_args(NegativeImage)}")
        if not 0 <= self.diffusion_step < DIFFUSION_STEPS:
            raise ValueError(f"the diffusion step must be 0-{DIFFUSION_STEPS - 1}, not {self.diffusion_step}")


def rejected_inputs(
    example: PreferenceExample,
    image: Image.Image,
    inputs: Mapping[str, Tensor],
    encode: Encode,
    config: NegativeConfig,
    donor: Image.Image | None = None,
) -> dict[str, Tensor]:
    """What the model gets in place of the picture in the terms with a rejected image.

    All kinds but `other` give as many image tokens as the picture itself has. A negative with the pixels
    of the original would be a preference between two equal things; the next kind of `NegativeImage` is
    taken then, and the last one, noise, changes every picture.

    Args:
        example: whose picture it is; only its id is used.
        image: the chosen picture.
        inputs: what `encode` makes of it: `pixel_values` of any shape, and what else the family wants.
        encode: picture → tensors.
        config: which kind, and its seed.
        donor: another post's picture, for kind `other`.

    Raises:
        ValueError: kind `other` without a donor.
    """
    if config.image == "other" and donor is None:
        raise ValueError(f"example {example.id}: it has no other post's picture yet")
    kinds = get_args(NegativeImage)
    for kind in kinds[kinds.index(config.image) : -1]:
        rejected = _altered(kind, example.id, image, inputs, encode, config, donor)
        if not _same(rejected[PIXELS], inputs[PIXELS]):
            return rejected
    return {**inputs, PIXELS: _noisy(inputs, config, example.id)}


def noise_schedule(step: int) -> tuple[float, float]:
    """(signal, noise) amplitudes at a step: sqrt(abar) and sqrt(1 - abar) of the released schedule."""
    betas = torch.linspace(-6, 6, DIFFUSION_STEPS, dtype=torch.float64).sigmoid() * (5e-3 - 1e-5) + 1e-5
    kept = torch.cumprod(1 - betas, 0)[step].item()
    return float(kept**0.5), float((1 - kept) ** 0.5)


def diffuse(pixels: Tensor, step: int, seed: int, example_id: str) -> Tensor:
    """Add the noise of a diffusion step to normalised pixels of any shape; same shape and dtype."""
    signal, noise = noise_schedule(step)
    generator = torch.Generator().manual_seed(_number(seed, example_id, "diffusion"))
    epsilon = torch.randn(pixels.shape, generator=generator, dtype=torch.float32)
    return signal * pixels + noise * epsilon.to(pixels)


def _noisy(inputs: Mapping[str, Tensor], config: NegativeConfig, example_id: str) -> Tensor:
    pixels = inputs[PIXELS]
    if "image_grid_thw" not in inputs:
        return diffuse(pixels, config.diffusion_step, config.seed, example_id)
    # Qwen shows a picture as two equal frames; noise of their own would cancel out by half
    frames = pixels.view(len(pixels), 3, 2, -1)
    noisy = diffuse(frames[:, :, :1], config.diffusion_step, config.seed, example_id)
    return noisy.expand_as(frames).reshape_as(pixels)


def _altered(
    kind: str,
    example_id: str,
    image: Image.Image,
    inputs: Mapping[str, Tensor],
    encode: Encode,
    config: NegativeConfig,
    donor: Image.Image | None,
) -> dict[str, Tensor]:
    if kind == "blank":
        return {**inputs, PIXELS: torch.full_like(inputs[PIXELS], BLANK)}
    if kind == "other":
        assert donor is not None
        return dict(encode(donor))
    draw = random.Random(_number(config.seed, example_id, kind))
    return dict(encode(_crop(image, draw) if kind == "crop" else _rotate(image, draw)))


def _same(rejected: Tensor, original: Tensor) -> bool:
    if torch.equal(rejected, original):
        return True
    # of a picture in the mean colour, the blank one differs by rounding alone
    return bool((rejected == BLANK).all()) and bool(original.abs().max() < _LEVEL)


def _crop(image: Image.Image, draw: random.Random) -> Image.Image:
    width, height = max(1, image.width // 2), max(1, image.height // 2)
    left, top = draw.randint(0, image.width - width), draw.randint(0, image.height - height)
    return image.crop((left, top, left + width, top + height)).resize(image.size, Image.Resampling.BICUBIC)


def _rotate(image: Image.Image, draw: random.Random) -> Image.Image:
    return image.rotate(draw.uniform(10, 80))


def _number(seed: int, example_id: str, purpose: str) -> int:
    """63 bits that depend on all three and on nothing else, the same in every process."""
    digest = hashlib.sha256(f"{seed}\0{purpose}\0{example_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
