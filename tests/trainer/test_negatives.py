"""Negatives: the released schedule, and that they depend on (seed, id) and on nothing else."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from PIL import Image

from altd.describe.prompt import Context
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.negatives import (
    NegativeConfig,
    diffuse,
    draw_context,
    noise_schedule,
    rejected_pixels,
    with_rejected_contexts,
)

MakeExamples = Callable[[int], list[PreferenceExample]]

# Step: (sqrt abar, sqrt(1 - abar)) of the released schedule (method.md 1.3).
SCHEDULE = {
    300: (0.980984, 0.194089),
    500: (0.863017, 0.505175),
    600: (0.734246, 0.678883),
    700: (0.592677, 0.805440),
    800: (0.467014, 0.884250),
    999: (0.285042, 0.958515),
}


@pytest.mark.parametrize("step", SCHEDULE)
def test_schedule_is_the_released_one(step: int) -> None:
    assert noise_schedule(step) == pytest.approx(SCHEDULE[step], abs=1e-6)


def test_noise_depends_on_seed_and_id_only() -> None:
    pixels = torch.zeros(3, 64, 64)
    first = diffuse(pixels, 700, 0, "a")
    torch.manual_seed(99)
    assert torch.equal(first, diffuse(pixels, 700, 0, "a"))
    assert not torch.equal(first, diffuse(pixels, 700, 0, "b"))
    assert not torch.equal(first, diffuse(pixels, 700, 1, "a"))
    assert first.std().item() == pytest.approx(0.80544, abs=0.01)


def test_noise_keeps_the_signal_at_its_amplitude() -> None:
    ones, zeros = torch.ones(3, 8, 8), torch.zeros(3, 8, 8)
    signal = diffuse(ones, 700, 0, "a") - diffuse(zeros, 700, 0, "a")
    torch.testing.assert_close(signal, torch.full_like(signal, 0.592677), atol=1e-6, rtol=0)


def test_no_global_generator_is_touched(make_examples: MakeExamples, pool: list[Context]) -> None:
    torch_state, python_state = torch.get_rng_state(), random.getstate()
    diffuse(torch.zeros(3, 8, 8), 700, 0, "a")
    draw_context(make_examples(1)[0], pool, 0)
    assert torch.equal(torch_state, torch.get_rng_state())
    assert python_state == random.getstate()


def to_pixels(image: Image.Image) -> torch.Tensor:
    grey = torch.tensor(list(image.resize((16, 16)).convert("L").tobytes()), dtype=torch.float32)
    return grey.view(1, 16, 16).expand(3, 16, 16)


@pytest.mark.parametrize("kind", ["diffusion", "blank", "crop", "rotate"])
def test_every_kind_changes_the_picture_and_repeats(kind: str) -> None:
    image = Image.radial_gradient("L").convert("RGB").crop((0, 0, 120, 90))
    pixels = to_pixels(image)
    config = NegativeConfig(seed=3, image=kind)
    rejected = rejected_pixels(image, pixels, to_pixels, config, "id")
    assert rejected.shape == pixels.shape
    assert not torch.equal(rejected, pixels)
    assert torch.equal(rejected, rejected_pixels(image, pixels, to_pixels, config, "id"))


def test_one_pixel_pictures_can_be_cropped() -> None:
    image = Image.new("RGB", (1, 1))
    rejected_pixels(image, to_pixels(image), to_pixels, NegativeConfig(image="crop"), "id")


def test_rejected_contexts_are_of_other_posts(make_examples: MakeExamples) -> None:
    example = replace(make_examples(1)[0], context=Context(text="Same  Words"), rejected_context=None)
    twins = [Context(text="same words"), Context(site="x", text=" Same words "), Context()]
    other = Context(text="Another post")
    for seed in range(20):
        assert draw_context(example, [*twins, other], seed) == other
    with pytest.raises(ValueError, match="example e0: no other post among 3"):
        draw_context(example, twins, 0)


def test_contexts_do_not_depend_on_the_order_of_examples(
    make_examples: MakeExamples, pool: list[Context]
) -> None:
    examples = [replace(example, rejected_context=None) for example in make_examples(6)]
    forward = {e.id: e.rejected_context for e in with_rejected_contexts(examples, pool, 1)}
    backward = {e.id: e.rejected_context for e in with_rejected_contexts(examples[::-1], pool, 1)}
    assert forward == backward
    assert len(set(forward.values())) > 1


def test_a_given_rejected_context_stays(make_examples: MakeExamples, pool: list[Context]) -> None:
    examples = make_examples(2)
    assert with_rejected_contexts(examples, pool, 0) == examples


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="diffusion step must be 0-999"):
        NegativeConfig(diffusion_step=1000)
    with pytest.raises(ValueError, match="negative image must be one of"):
        NegativeConfig(image="black")
