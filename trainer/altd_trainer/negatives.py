"""Rejected images and rejected contexts, each a pure function of (seed, example id).

The authors draw fresh noise at every access and reseed Python's global generator for the context. Here
every draw has a generator of its own, so that an example has the same negatives in every epoch, order
and process: reference log-probabilities can then be computed once, and no other randomness is touched.
"""

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from PIL import Image
from torch import Tensor

from altd.describe.prompt import Context, render_context
from altd_trainer.data.preferences import PreferenceExample

NegativeImage = Literal["diffusion", "blank", "crop", "rotate"]

DIFFUSION_STEPS = 1000


@dataclass(frozen=True)
class NegativeConfig:
    """How negatives are made.

    Attributes:
        seed: changes every draw.
        image: `diffusion` (released default) adds noise to the normalised pixels; `blank` is the
            processor's mean colour; `crop` is a random quarter of the picture (the released crop leaves
            small pictures unchanged); `rotate` turns by 10-80 degrees without widening.
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


def rejected_pixels(
    image: Image.Image,
    pixels: Tensor,
    preprocess: Callable[[Image.Image], Tensor],
    config: NegativeConfig,
    example_id: str,
) -> Tensor:
    """The rejected image as normalised pixels.

    Args:
        image: the chosen picture.
        pixels: (3, H, W) what `preprocess` makes of it.
        preprocess: picture → normalised pixels.
        config: which kind, and its seed.
        example_id: the draw's name.
    """
    if config.image == "diffusion":
        return diffuse(pixels, config.diffusion_step, config.seed, example_id)
    if config.image == "blank":
        return torch.zeros_like(pixels)
    return preprocess(_ALTER[config.image](image, _random(config.seed, example_id, config.image)))


def noise_schedule(step: int) -> tuple[float, float]:
    """(signal, noise) amplitudes at a step: sqrt(abar) and sqrt(1 - abar) of the released schedule."""
    betas = torch.linspace(-6, 6, DIFFUSION_STEPS, dtype=torch.float64).sigmoid() * (5e-3 - 1e-5) + 1e-5
    kept = torch.cumprod(1 - betas, 0)[step].item()
    return float(kept**0.5), float((1 - kept) ** 0.5)


def diffuse(pixels: Tensor, step: int, seed: int, example_id: str) -> Tensor:
    """Add the noise of a diffusion step to normalised pixels (3, H, W); same shape and dtype."""
    signal, noise = noise_schedule(step)
    generator = torch.Generator().manual_seed(_number(seed, example_id, "diffusion"))
    epsilon = torch.randn(pixels.shape, generator=generator, dtype=torch.float32)
    return signal * pixels + noise * epsilon.to(pixels)


def with_rejected_contexts(
    examples: Sequence[PreferenceExample], pool: Sequence[Context], seed: int
) -> list[PreferenceExample]:
    """The examples, each with a rejected context: its own when it has one, else one of the pool."""
    return [
        example
        if example.rejected_context is not None
        else replace(example, rejected_context=draw_context(example, pool, seed))
        for example in examples
    ]


def draw_context(example: PreferenceExample, pool: Sequence[Context], seed: int) -> Context:
    """The context of another post: never empty, never with the text of the example's own.

    Equal text is what a second image of the same post, or a repeated post, would bring; the preference
    would then have nothing to tell apart.

    Raises:
        ValueError: when the pool has no such post.
    """
    own = _comparable(example.context)
    for index in _random(seed, example.id, "context").sample(range(len(pool)), len(pool)):
        other = _comparable(pool[index])
        if other and other != own:
            return pool[index]
    raise ValueError(f"example {example.id}: no other post among {len(pool)} to take a rejected context from")


def _comparable(context: Context) -> str:
    return " ".join(render_context(context).casefold().split())


def _crop(image: Image.Image, draw: random.Random) -> Image.Image:
    width, height = max(1, image.width // 2), max(1, image.height // 2)
    left, top = draw.randint(0, image.width - width), draw.randint(0, image.height - height)
    return image.crop((left, top, left + width, top + height))


def _rotate(image: Image.Image, draw: random.Random) -> Image.Image:
    return image.rotate(draw.uniform(10, 80))


_ALTER: dict[str, Callable[[Image.Image, random.Random], Image.Image]] = {"crop": _crop, "rotate": _rotate}


def _random(seed: int, example_id: str, purpose: str) -> random.Random:
    return random.Random(_number(seed, example_id, purpose))


def _number(seed: int, example_id: str, purpose: str) -> int:
    """63 bits that depend on all three and on nothing else, the same in every process."""
    digest = hashlib.sha256(f"{seed}\0{purpose}\0{example_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
