"""Small helpers that every drawn picture shares: backgrounds, objects in a region, text that fits."""

import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from altd_trainer.synthetic.facts import Group
from altd_trainer.synthetic.objects import OBJECTS
from altd_trainer.synthetic.words import COLOURS

Box = tuple[float, float, float, float]
RGB = tuple[int, int, int]


@functools.lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font, so that a picture is the same on every machine."""
    loaded = ImageFont.load_default(size)
    assert isinstance(loaded, ImageFont.FreeTypeFont)
    return loaded


def pale(rng: random.Random) -> RGB:
    """A light background on which every colour of ours still shows."""
    return rng.randint(196, 238), rng.randint(200, 238), rng.randint(196, 238)


def background(rng: random.Random, size: tuple[int, int]) -> Image.Image:
    """One pale colour, two bands, or a soft gradient."""
    width, height = size
    image = Image.new("RGB", size, pale(rng))
    style = rng.random()
    if style < 0.3:
        ImageDraw.Draw(image).rectangle((0, height * rng.uniform(0.5, 0.8), width, height), fill=pale(rng))
    elif style < 0.5:
        mask = Image.linear_gradient("L").resize(size)
        image.paste(Image.new("RGB", size, pale(rng)), (0, 0), mask)
    return image


def shade(rng: random.Random, colour: str) -> RGB:
    """The named colour, a little lighter or darker."""
    shift = rng.randint(-14, 14)
    red, green, blue = (min(255, max(0, value + shift + rng.randint(-6, 6))) for value in COLOURS[colour])
    return red, green, blue


@dataclass(frozen=True)
class Placed:
    """Where one object stands, in pixels of the picture."""

    kind: str
    colour: str
    box: Box


def place_group(draw: ImageDraw.ImageDraw, rng: random.Random, group: Group, region: Box) -> list[Placed]:
    """Draw a group's objects apart from each other inside the region."""
    left, top, right, bottom = region
    columns, rows = _grid(group.count, right - left, bottom - top, rng)
    cell_width, cell_height = (right - left) / columns, (bottom - top) / rows
    side = min(cell_width, cell_height) * rng.uniform(0.78, 0.95)
    cells = [(column, row) for row in range(rows) for column in range(columns)][: group.count]
    colour = shade(rng, group.colour)
    placed = []
    for column, row in cells:
        x = left + column * cell_width + rng.random() * (cell_width - side)
        y = top + row * cell_height + rng.random() * (cell_height - side)
        box = (x, y, x + side, y + side)
        OBJECTS[group.kind].draw(draw, box, colour)
        placed.append(Placed(group.kind, group.colour, box))
    return placed


def write(
    draw: ImageDraw.ImageDraw,
    text: str,
    box: Box,
    size: int,
    colour: RGB,
    *,
    bold: bool = False,
    outline: RGB | None = None,
    centre: bool = False,
) -> float:
    """Write one line, smaller if it must be to fit the box's width; returns the y below it."""
    left, top, right, _ = box
    while size > 8 and font(size).getlength(text) > right - left:
        size -= 1
    x = (left + right - font(size).getlength(text)) / 2 if centre else left
    stroke = max(1, size // 10) if outline else (1 if bold else 0)
    draw.text((x, top), text, colour, font(size), stroke_width=stroke, stroke_fill=outline or colour)
    return top + size * 1.35


def wrap(text: str, size: int, width: float) -> list[str]:
    """Break text into lines that fit the width."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font(size).getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def pick_other(rng: random.Random, options: Sequence[str], *not_these: str) -> str:
    """A random option that is none of `not_these`."""
    return rng.choice([option for option in options if option not in not_these])


def _grid(count: int, width: float, height: float, rng: random.Random) -> tuple[int, int]:
    if count == 1:
        return 1, 1
    if count == 4:
        return 2, 2
    if count == 3 and 0.6 < width / height < 1.6 and rng.random() < 0.5:
        return 2, 2
    return (count, 1) if width >= height else (1, count)
