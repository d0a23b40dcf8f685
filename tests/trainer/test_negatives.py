"""Negatives: the released schedule, and that they depend on (seed, id) and on nothing else."""

import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest
import torch
from PIL import Image
from torch import Tensor

from altd.describe.prompt import Context
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.negatives import (
    BLANK,
    Encode,
    NegativeConfig,
    diffuse,
    noise_schedule,
    rejected_inputs,
)

Kinds = pytest.mark.parametrize("kind", ["other", "crop", "rotate", "blank", "diffusion"])

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


def picture(width: int = 120, height: int = 90) -> Image.Image:
    return Image.radial_gradient("L").convert("RGB").crop((0, 0, width, height))


DONOR = Image.linear_gradient("L").convert("RGB")
EXAMPLE = PreferenceExample(id="id", image=picture(), context=Context(), chosen="text")


def squared(image: Image.Image) -> dict[str, Tensor]:
    """Like LLaVA: one square picture."""
    grey = torch.frombuffer(bytearray(image.resize((16, 16)).convert("L").tobytes()), dtype=torch.uint8)
    return {"pixel_values": (grey.float() / 127.5 - 1).view(1, 1, 16, 16).expand(1, 3, 16, 16).clone()}


def tiled(image: Image.Image) -> dict[str, Tensor]:
    """Like SmolVLM: the whole picture and its tiles, with a mask."""
    pixels = squared(image)["pixel_values"][None].repeat(1, 5, 1, 1, 1)
    return {"pixel_values": pixels, "pixel_attention_mask": torch.ones(1, 5, 16, 16, dtype=torch.bool)}


def patched(image: Image.Image) -> dict[str, Tensor]:
    """Like Qwen: flat patches, as many as the picture's size gives, of three channels and two frames."""
    rows, columns = max(1, image.height // 8), max(1, image.width // 8)
    grey = image.resize((columns * 8, rows * 8)).convert("L").tobytes()
    pixels = torch.frombuffer(bytearray(grey), dtype=torch.uint8).float() / 127.5 - 1
    return {
        "pixel_values": pixels.view(rows * columns, 64).repeat(1, 6),
        "image_grid_thw": torch.tensor([[1, rows, columns]]),
    }


Families = pytest.mark.parametrize("encode", [squared, tiled, patched])


def make(
    kind: str, encode: Encode, image: Image.Image | None = None, seed: int = 0, name: str = "id"
) -> tuple[Mapping[str, Tensor], dict[str, Tensor]]:
    image = picture() if image is None else image
    inputs = encode(image)
    config = NegativeConfig(seed=seed, image=kind)
    return inputs, rejected_inputs(replace(EXAMPLE, id=name), image, inputs, encode, config, DONOR)


@Families
@Kinds
def test_every_kind_changes_the_picture_and_repeats(kind: str, encode: Encode) -> None:
    inputs, rejected = make(kind, encode)
    assert rejected.keys() == inputs.keys()
    assert not torch.equal(rejected["pixel_values"], inputs["pixel_values"])
    _, again = make(kind, encode)
    assert all(torch.equal(rejected[name], again[name]) for name in rejected)


@Families
@pytest.mark.parametrize("kind", ["crop", "rotate", "blank", "diffusion"])
def test_a_negative_takes_as_many_places_as_its_picture(kind: str, encode: Encode) -> None:
    inputs, rejected = make(kind, encode)
    for name, value in inputs.items():
        assert rejected[name].shape == value.shape
        assert rejected[name].dtype == value.dtype
        assert name == "pixel_values" or torch.equal(rejected[name], value)


@pytest.mark.parametrize("kind", ["crop", "rotate", "diffusion"])
def test_seed_and_id_change_the_draw(kind: str) -> None:
    _, first = make(kind, squared)
    for other in (make(kind, squared, seed=1), make(kind, squared, name="other")):
        assert not torch.equal(first["pixel_values"], other[1]["pixel_values"])


def test_two_equal_frames_get_the_same_noise() -> None:
    _, rejected = make("diffusion", patched)
    first, second = rejected["pixel_values"].view(-1, 3, 2, 64).unbind(2)
    assert torch.equal(first, second)
    red, green, _ = first.unbind(1)
    assert not torch.equal(red, green)


def test_the_inputs_are_left_as_they_are() -> None:
    inputs = squared(picture())
    before = inputs["pixel_values"].clone()
    for kind in ("crop", "blank", "diffusion"):
        rejected_inputs(EXAMPLE, picture(), inputs, squared, NegativeConfig(image=kind))
    assert torch.equal(inputs["pixel_values"], before)


def test_a_blank_picture_is_the_mean_colour_but_never_exactly_zero() -> None:
    """Idefics3 and SmolVLM drop pictures whose values are all zero."""
    _, rejected = make("blank", tiled)
    assert (rejected["pixel_values"] == BLANK).all()
    assert rejected["pixel_values"].to(torch.bfloat16).all()


def test_another_posts_picture_is_shown_as_it_is() -> None:
    _, rejected = make("other", patched)
    assert all(torch.equal(rejected[name], value) for name, value in patched(DONOR).items())
    with pytest.raises(ValueError, match="example id: it has no other post's picture yet"):
        rejected_inputs(EXAMPLE, picture(), squared(picture()), squared, NegativeConfig(image="other"))


WHITE, BLACK = (Image.new("RGB", (40, 30), colour) for colour in ("white", "black"))
GREY = Image.new("RGB", (40, 30), (127, 127, 127))


@pytest.mark.parametrize(
    ("kind", "image", "instead"),
    [
        ("crop", WHITE, "rotate"),  # a part of a plain picture is that picture
        ("crop", BLACK, "blank"),  # and turned, it has black corners
        ("rotate", BLACK, "blank"),
        ("blank", GREY, "diffusion"),  # equal but for rounding
        ("crop", Image.new("RGB", (1, 1), "black"), "blank"),
        ("other", DONOR, "crop"),
    ],
)
def test_a_negative_equal_to_the_original_gives_way_to_the_next_kind(
    kind: str, image: Image.Image, instead: str
) -> None:
    _, rejected = make(kind, squared, image)
    _, expected = make(instead, squared, image)
    assert torch.equal(rejected["pixel_values"], expected["pixel_values"])
    assert not torch.equal(rejected["pixel_values"], squared(image)["pixel_values"])


def fingerprint(seed: int) -> str:
    """All kinds of two examples, drawn in an order that the seed of Python's generator gives."""
    drawn = [(kind, name) for kind in ("crop", "rotate", "blank", "diffusion") for name in ("a", "b")]
    order = random.Random(seed).sample(drawn, len(drawn))
    made = {pair: make(pair[0], squared, name=pair[1])[1]["pixel_values"] for pair in order}
    return hashlib.sha256(b"".join(made[pair].numpy().tobytes() for pair in drawn)).hexdigest()


def test_every_process_and_order_draws_the_same() -> None:
    here = fingerprint(0)
    assert here == fingerprint(1)
    code = f"import sys; sys.path[:0] = {sys.path!r}; import {__name__} as t; print(t.fingerprint(2))"
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    there = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == here


@Kinds
def test_no_global_generator_is_touched(kind: str) -> None:
    torch_state, python_state = torch.get_rng_state(), random.getstate()
    make(kind, squared)
    assert torch.equal(torch_state, torch.get_rng_state())
    assert python_state == random.getstate()


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="diffusion step must be 0-999"):
        NegativeConfig(diffusion_step=1000)
    with pytest.raises(ValueError, match="negative image must be one of"):
        NegativeConfig(image="black")
