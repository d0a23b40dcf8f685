"""Every drawn kind stays in its box, shows its colour, and looks like no other kind, even when small."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from altd_trainer.synthetic.objects import OBJECTS, RGB, ObjectKind

PAPER: RGB = (255, 0, 255)
MAIN: RGB = (30, 140, 220)
MARGIN = 12
SMALL = 24
LARGE = 96

every_kind = pytest.mark.parametrize("kind", OBJECTS.values(), ids=OBJECTS.keys())


def render(kind: ObjectKind, side: int, colour: RGB = MAIN) -> NDArray[np.int16]:
    """The object in a box of ``side`` pixels with a margin of bare paper; (height, width, 3)."""
    image = Image.new("RGB", (side + 2 * MARGIN, side + 2 * MARGIN), PAPER)
    kind.draw(ImageDraw.Draw(image), (MARGIN, MARGIN, MARGIN + side, MARGIN + side), colour)
    return np.asarray(image).astype(np.int16)


def drawn(pixels: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Which pixels the object covers."""
    return np.asarray((pixels != PAPER).any(axis=-1), dtype=np.bool_)


def alike(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    """Share of the pixels drawn by either that have about the same tone in both."""
    union = drawn(one) | drawn(other)
    same = np.abs(one - other).sum(axis=-1) < 60
    return float((same & union).sum() / union.sum())


def test_there_are_enough_kinds_and_their_words_are_right() -> None:
    assert len(OBJECTS) >= 64
    assert all(name == kind.name for name, kind in OBJECTS.items())
    assert all(kind.article == ("an" if kind.name[0] in "aeiou" else "a") for kind in OBJECTS.values())
    assert len({kind.plural for kind in OBJECTS.values()}) == len(OBJECTS)


@every_kind
@pytest.mark.parametrize("side", [SMALL, 41, LARGE])
def test_it_fills_its_box_and_stays_inside(kind: ObjectKind, side: int) -> None:
    rows, columns = np.nonzero(drawn(render(kind, side)))
    outline = 2
    for positions in (rows, columns):
        assert positions.min() >= MARGIN - outline
        assert positions.max() < MARGIN + side + outline
    assert max(np.ptp(rows), np.ptp(columns)) > 0.8 * side


@every_kind
def test_its_colour_is_its_commonest_tone(kind: ObjectKind) -> None:
    pixels = render(kind, LARGE)
    tones = Counter(map(tuple, pixels[drawn(pixels)].tolist()))
    (tone, count), *_ = tones.most_common(1)
    assert tone == MAIN
    assert count > 0.3 * tones.total()


@every_kind
def test_its_shape_depends_on_nothing_but_the_box(kind: ObjectKind) -> None:
    first = render(kind, SMALL)
    assert np.array_equal(first, render(kind, SMALL))
    assert np.array_equal(drawn(first), drawn(render(kind, SMALL, (20, 20, 20))))


@every_kind
def test_it_still_has_details_when_it_is_black(kind: ObjectKind) -> None:
    black = render(kind, LARGE, (20, 20, 20))
    light = drawn(black) & (black.sum(axis=-1) > 200)
    plain = len(np.unique(render(kind, LARGE)[drawn(render(kind, LARGE))], axis=0)) <= 2
    assert plain or light.any()


def test_no_two_kinds_look_alike_when_small() -> None:
    pictures = {name: render(kind, SMALL) for name, kind in OBJECTS.items()}
    pairs = combinations(pictures, 2)
    assert [pair for pair in pairs if alike(pictures[pair[0]], pictures[pair[1]]) > 0.8] == []
