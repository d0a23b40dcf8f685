"""A pen that draws flat icons in percent of a box, with Pillow's drawing primitives only."""

from collections.abc import Iterator
from typing import TypeAlias

from PIL import ImageDraw

RGB: TypeAlias = tuple[int, int, int]
Box: TypeAlias = tuple[float, float, float, float]

INK: RGB = (42, 42, 50)
WHITE: RGB = (250, 250, 250)
GREY: RGB = (160, 164, 172)
BROWN: RGB = (128, 84, 50)
TAN: RGB = (222, 184, 135)
GLASS: RGB = (190, 226, 245)
GREEN: RGB = (62, 142, 65)
YELLOW: RGB = (252, 205, 60)
ORANGE: RGB = (243, 134, 36)
RED: RGB = (208, 52, 44)
PINK: RGB = (244, 160, 176)

_DARK = 90.0
"""Luma (0-255) below which dark details would be lost on the main colour."""


class Pen:
    """Draws into one box (left, top, right, bottom in pixels) with one main colour.

    All coordinates, widths and radii are percent of the box: (0, 0) is its top left corner and
    (100, 100) its bottom right. Points are written as in SVG: ``"0,0 100,0 50,100"``. A fill that is
    not given is the main colour.
    """

    def __init__(self, draw: ImageDraw.ImageDraw, box: Box, colour: RGB) -> None:
        self._draw = draw
        self._left, self._top = box[0], box[1]
        self._width, self._height = box[2] - box[0] - 1, box[3] - box[1] - 1
        self._size = min(self._width, self._height)
        self._edge = max(1, round(self._size * 0.025))
        self.colour = colour
        luma = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
        self.detail: RGB = WHITE if luma < _DARK else INK
        """Tone of eyes and seams, which lie on the main colour and have to be seen on it."""

    def poly(self, points: str, fill: RGB | None = None, *, edge: bool = True) -> None:
        """Fill a polygon."""
        xy = list(self._points(points))
        self._draw.polygon(xy, fill=fill or self.colour)
        if edge:
            self._draw.line([*xy, xy[0]], fill=INK, width=self._edge, joint="curve")

    def oval(
        self, x0: float, y0: float, x1: float, y1: float, fill: RGB | None = None, *, edge: bool = True
    ) -> None:
        """Fill an ellipse."""
        outline = INK if edge else None
        self._draw.ellipse(self._box(x0, y0, x1, y1), fill or self.colour, outline, self._edge)

    def rect(
        self, x0: float, y0: float, x1: float, y1: float, fill: RGB | None = None, *, radius: float = 0
    ) -> None:
        """Fill a rectangle, its corners rounded by ``radius``."""
        corner = radius * self._size / 100
        self._draw.rounded_rectangle(self._box(x0, y0, x1, y1), corner, fill or self.colour, INK, self._edge)

    def pie(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        start: float,
        end: float,
        fill: RGB | None = None,
    ) -> None:
        """Fill a slice of an ellipse, from ``start`` to ``end`` degrees clockwise from three o'clock."""
        self._draw.pieslice(self._box(x0, y0, x1, y1), start, end, fill or self.colour, INK, self._edge)

    def dots(self, centres: str, radius: float, fill: RGB | None = None) -> None:
        """Fill a small circle without outline at each point; the default is the detail tone."""
        for x, y in self._points(centres):
            r = max(0.5, radius * self._size / 100)
            self._draw.ellipse((x - r, y - r, x + r, y + r), fill=fill or self.detail)

    def line(self, points: str, width: float = 0, fill: RGB | None = None) -> None:
        """Draw a line without outline, never thinner than the outlines; the default is ink."""
        self._path(list(self._points(points)), self._pixels(width), fill or INK)

    def stroke(self, points: str, width: float, fill: RGB | None = None) -> None:
        """Draw a thick line with round ends and an outline."""
        xy = list(self._points(points))
        pixels = self._pixels(width)
        for colour, wide in ((INK, pixels), (fill or self.colour, pixels - 2 * self._edge)):
            self._path(xy, max(1, wide), colour)
            r = max(0.5, wide / 2 - 0.5)
            for x, y in (xy[0], xy[-1]):
                self._draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)

    def arc(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        start: float,
        end: float,
        width: float = 0,
        fill: RGB | None = None,
    ) -> None:
        """Draw a part of an ellipse as a line without outline; the default is ink."""
        self._draw.arc(self._box(x0, y0, x1, y1), start, end, fill or INK, self._pixels(width))

    def hoop(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        width: float,
        start: float = 0,
        end: float = 360,
        fill: RGB | None = None,
    ) -> None:
        """Draw a part of an ellipse as a thick line with an outline."""
        left, top, right, bottom = self._box(x0, y0, x1, y1)
        pixels, edge = self._pixels(width), self._edge
        self._draw.arc((left, top, right, bottom), start, end, INK, pixels)
        inner = (left + edge, top + edge, right - edge, bottom - edge)
        self._draw.arc(inner, start, end, fill or self.colour, max(1, pixels - 2 * edge))

    def blob(self, *ovals: Box, fill: RGB | None = None) -> None:
        """Fill the union of ellipses, with one outline around all of them."""
        for oval in ovals:
            self._draw.ellipse(self._box(*oval), fill=INK)
        for oval in ovals:
            left, top, right, bottom = self._box(*oval)
            edge = self._edge
            self._draw.ellipse(
                (left + edge, top + edge, right - edge, bottom - edge), fill=fill or self.colour
            )

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self._left + x * self._width / 100, self._top + y * self._height / 100

    def _box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        return (*self._at(x0, y0), *self._at(x1, y1))

    def _points(self, points: str) -> Iterator[tuple[float, float]]:
        for point in points.split():
            x, y = point.split(",")
            yield self._at(float(x), float(y))

    def _pixels(self, width: float) -> int:
        return max(self._edge, round(width * self._size / 100))

    def _path(self, xy: list[tuple[float, float]], width: int, fill: RGB) -> None:
        self._draw.line(xy, fill=fill, width=width, joint="curve")
