"""One function per kind of picture: facts in; picture, text lines in reading order, objects out."""

import random

from PIL import Image, ImageDraw

from altd_trainer.synthetic.canvas import (
    RGB,
    Box,
    Placed,
    background,
    font,
    pale,
    place_group,
    shade,
    wrap,
    write,
)
from altd_trainer.synthetic.facts import Facts
from altd_trainer.synthetic.words import DAYS, MONTHS

Drawn = tuple[Image.Image, list[str], list[Placed]]

_INK: RGB = (24, 24, 28)
_WHITE: RGB = (255, 255, 255)


def draw_scene(facts: Facts, rng: random.Random) -> Drawn:
    """One or two groups of objects on a plain ground; the relation decides where each stands."""
    size = rng.choice([(480, 360), (400, 400), (360, 480)])
    image = background(rng, size)
    draw = ImageDraw.Draw(image)
    placed: list[Placed] = []
    for group, region in zip(facts.groups, _regions(facts, size), strict=True):
        placed += place_group(draw, rng, group, region)
    return image, [], placed


def draw_screenshot(facts: Facts, rng: random.Random) -> Drawn:
    """A post as a site shows it: avatar, author, handle, the text, a line of time and numbers."""
    dark = rng.random() < 0.3
    paper: RGB = (22, 26, 32) if dark else _WHITE
    ink: RGB = (235, 235, 238) if dark else _INK
    image = Image.new("RGB", (540, 150 + 36 * len(facts.quotes) + 60), paper)
    draw = ImageDraw.Draw(image)
    draw.ellipse((24, 24, 84, 84), fill=shade(rng, rng.choice(["blue", "green", "orange", "purple", "gray"])))
    handle = "@" + facts.author.replace(" ", "").lower()
    write(draw, facts.author, (100, 26, 516, 0), 24, ink, bold=True)
    write(draw, handle, (100, 58, 516, 0), 20, (120, 128, 138))
    y = 112.0
    for line in facts.quotes:
        write(draw, line, (24, y, 516, 0), 26, ink)
        y += 36
    time = f"{rng.randint(1, 12)}:{rng.randint(10, 59)} {rng.choice(['AM', 'PM'])}"
    foot = f"{time} {rng.choice(MONTHS)} {rng.randint(1, 28)}"
    write(draw, foot, (24, y + 16, 516, 0), 18, (120, 128, 138))
    return image, [facts.author, handle, *facts.quotes, foot], []


def draw_recipe(facts: Facts, rng: random.Random) -> Drawn:
    """A tall pin: the dish with its title over it in a band."""
    image = background(rng, (400, 600))
    draw = ImageDraw.Draw(image)
    lines = wrap(facts.title, 40, 340)
    height = 40 + 52 * len(lines)
    top = rng.choice([20, 600 - height - 40])
    region = (40, height + 60, 360, 580) if top == 20 else (40, 20, 360, 600 - height - 70)
    placed = place_group(draw, rng, facts.groups[0], region)
    band = rng.choice([_WHITE, _INK, shade(rng, "red"), shade(rng, "green"), shade(rng, "purple")])
    draw.rectangle((0, top, 400, top + height), fill=band)
    y = top + 18.0
    for line in lines:
        write(draw, line, (30, y, 370, 0), 40, _INK if band == _WHITE else _WHITE, bold=True, centre=True)
        y += 52
    return image, lines, placed


def draw_meme(facts: Facts, rng: random.Random) -> Drawn:
    """An object between two lines of capital letters."""
    image = background(rng, (420, 420))
    draw = ImageDraw.Draw(image)
    placed = place_group(draw, rng, facts.groups[0], (70, 80, 350, 340))
    for text, y in zip(facts.quotes, (14, 362), strict=True):
        spaced = text.replace(" ", "  ")  # outlined capitals eat the gaps between words
        write(draw, spaced, (14, y, 406, 0), 36, _WHITE, outline=(0, 0, 0), centre=True)
    return image, list(facts.quotes), placed


def draw_poster(facts: Facts, rng: random.Random) -> Drawn:
    """A tall poster: title, one object, then when and where."""
    ground = (
        shade(rng, rng.choice(["blue", "green", "purple", "red", "black"]))
        if rng.random() < 0.5
        else pale(rng)
    )
    ink: RGB = _WHITE if sum(ground) < 360 else _INK
    image = Image.new("RGB", (420, 594), ground)
    draw = ImageDraw.Draw(image)
    write(draw, facts.title, (24, 36, 396, 0), 54, ink, bold=True, centre=True)
    draw.rounded_rectangle((60, 130, 360, 430), 18, fill=pale(rng))
    placed = place_group(draw, rng, facts.groups[0], (80, 150, 340, 410))
    for text, y in zip(facts.quotes, (458, 514), strict=True):
        write(draw, text, (24, y, 396, 0), 34, ink, centre=True)
    return image, [facts.title, *facts.quotes], placed


def draw_chart(facts: Facts, rng: random.Random) -> Drawn:
    """A bar, line or pie chart under its title."""
    assert facts.chart is not None
    image = Image.new("RGB", (480, 360), rng.choice([_WHITE, (246, 246, 242), (238, 242, 248)]))
    draw = ImageDraw.Draw(image)
    write(draw, facts.title, (20, 14, 460, 0), 28, _INK, bold=True, centre=rng.random() < 0.6)
    labels = {"bar": _bars, "line": _line, "pie": _pie}[facts.chart.form](draw, facts, rng)
    return image, [facts.title, *labels], []


def draw_unknown(facts: Facts, rng: random.Random) -> Drawn:
    """Something outside the drawn world: blurred blobs, noise, stripes, scribbles."""
    side = rng.choice([24, 48, 96])
    if rng.random() < 0.5:
        image = Image.effect_noise((side, side), rng.uniform(20, 90)).convert("RGB")
        tint = Image.new(
            "RGB", (side, side), shade(rng, rng.choice(["red", "green", "blue", "brown", "gray"]))
        )
        image = Image.blend(image, tint, rng.uniform(0.2, 0.7))
    else:
        image = Image.new("RGB", (side, side))
        image.putdata([tuple(rng.randbytes(3)) for _ in range(side * side)])
        image = image.resize((rng.randint(3, 9), rng.randint(3, 9)), Image.Resampling.BOX)
    image = image.resize((400, 400), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(0, 12)):
        points = [(rng.uniform(-50, 450), rng.uniform(-50, 450)) for _ in range(rng.randint(2, 5))]
        draw.polygon(points, fill=tuple(rng.randbytes(3)))
    return image, [], []


DRAW = {
    "scene": draw_scene,
    "screenshot": draw_screenshot,
    "recipe": draw_recipe,
    "meme": draw_meme,
    "poster": draw_poster,
    "chart": draw_chart,
    "unknown": draw_unknown,
}


def _regions(facts: Facts, size: tuple[int, int]) -> list[Box]:
    width, height = size
    if len(facts.groups) == 1:
        return [(width * 0.12, height * 0.12, width * 0.88, height * 0.88)]
    first: Box = (width * 0.03, height * 0.1, width * 0.48, height * 0.9)
    second: Box = (width * 0.52, height * 0.1, width * 0.97, height * 0.9)
    if facts.relation in ("above", "below"):
        first = (width * 0.1, height * 0.03, width * 0.9, height * 0.48)
        second = (width * 0.1, height * 0.52, width * 0.9, height * 0.97)
    return [first, second] if facts.relation in ("to the left of", "above") else [second, first]


def _bars(draw: ImageDraw.ImageDraw, facts: Facts, rng: random.Random) -> list[str]:
    chart = facts.chart
    assert chart is not None
    step = 420 / chart.parts
    for index in range(chart.parts):
        height = 220 if index == chart.largest else rng.uniform(40, 170)
        left = 36 + index * step
        draw.rectangle(
            (left, 320 - height, left + step * 0.62, 320), fill=shade(rng, chart.colour), outline=_INK
        )
    draw.line((28, 320, 464, 320), fill=_INK, width=2)
    names = rng.choice([[day[:3] for day in DAYS], [month[:3] for month in MONTHS]])[: chart.parts]
    for index, name in enumerate(names):
        draw.text((36 + index * step, 326), name, _INK, font(18))
    return names


def _line(draw: ImageDraw.ImageDraw, facts: Facts, rng: random.Random) -> list[str]:
    chart = facts.chart
    assert chart is not None
    draw.line((40, 70, 40, 324, 460, 324), fill=_INK, width=2)
    turns = {
        "rises": (0.1, 0.5, 0.9),
        "falls": (0.9, 0.5, 0.1),
        "rises and then falls": (0.15, 0.9, 0.15),
        "falls and then rises": (0.85, 0.1, 0.85),
    }[chart.trend]
    middle = rng.uniform(0.4, 0.6)
    points = []
    for step in range(9):
        at = step / 8
        start, end, share = (0, 1, at / middle) if at < middle else (1, 2, (at - middle) / (1 - middle))
        level = turns[start] + (turns[end] - turns[start]) * share + rng.uniform(-0.04, 0.04)
        points.append((56 + at * 390, 316 - level * 230))
    draw.line(points, fill=shade(rng, chart.colour), width=7, joint="curve")
    years = [str(2000 + rng.randint(0, 9)), str(2012 + rng.randint(0, 12))]
    draw.text((48, 330), years[0], _INK, font(18))
    draw.text((410, 330), years[1], _INK, font(18))
    return years


def _pie(draw: ImageDraw.ImageDraw, facts: Facts, rng: random.Random) -> list[str]:
    chart = facts.chart
    assert chart is not None
    others = [
        name for name in ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "gray")
    ]
    others = rng.sample([name for name in others if name != chart.colour], chart.parts - 1)
    largest = rng.uniform(0.46, 0.6)
    weights = [rng.uniform(0.7, 1.3) for _ in others]
    shares = [(chart.colour, largest)]
    shares += [
        (name, (1 - largest) * weight / sum(weights)) for name, weight in zip(others, weights, strict=True)
    ]
    rng.shuffle(shares)
    angle = rng.uniform(0, 360)
    for name, share in shares:
        draw.pieslice(
            (110, 70, 370, 330), angle, angle + share * 360, fill=shade(rng, name), outline=_INK, width=2
        )
        angle += share * 360
    return []
