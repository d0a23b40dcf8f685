"""What a drawn object is: its words and the function that paints it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from PIL import ImageDraw

from altd_trainer.synthetic.objects.pen import RGB, Box, Pen

Paint: TypeAlias = Callable[[Pen], None]


@dataclass(frozen=True)
class ObjectKind:
    """One kind of object that a synthetic picture can contain.

    ``draw(draw, box, colour)`` paints it into ``box`` (pixels); ``colour`` is its main colour.
    """

    name: str
    plural: str
    article: str
    group: str
    draw: Callable[[ImageDraw.ImageDraw, Box, RGB], None]


class Group:
    """The kinds of one group, filled by decorating their paint functions."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.kinds: dict[str, ObjectKind] = {}

    def kind(self, name: str, plural: str | None = None) -> Callable[[Paint], Paint]:
        """Register the decorated function as the kind ``name``; the plural defaults to name + "s"."""

        def register(paint: Paint) -> Paint:
            article = "an" if name[0] in "aeiou" else "a"
            draw = partial(_draw, paint)
            self.kinds[name] = ObjectKind(name, plural or f"{name}s", article, self.name, draw)
            return paint

        return register


def _draw(paint: Paint, draw: ImageDraw.ImageDraw, box: Box, colour: RGB) -> None:
    paint(Pen(draw, box, colour))
