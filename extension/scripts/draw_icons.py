"""Draws the extension's icons: a speech balloon around a picture frame. Needs Pillow.

Usage: python scripts/draw_icons.py   (from the extension's folder)
"""

from pathlib import Path

from PIL import Image, ImageDraw

SIZES = (16, 32, 48, 128)
SCALE = 8  # drawn larger and reduced, for smooth edges
BLUE, WHITE = "#0b57a4", "#ffffff"


def draw(size: int) -> Image.Image:
    """Return the icon as an RGBA image of `size` pixels."""
    side = size * SCALE
    unit = side / 16
    image = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, unit, side - 1, 12.5 * unit), 3 * unit, fill=BLUE)
    pen.polygon([(3 * unit, 12 * unit), (8 * unit, 12 * unit), (3.5 * unit, 15.8 * unit)], fill=BLUE)
    pen.ellipse((10 * unit, 3.3 * unit, 12.4 * unit, 5.7 * unit), fill=WHITE)
    pen.polygon([(2.5 * unit, 10.5 * unit), (6 * unit, 5 * unit), (9.5 * unit, 10.5 * unit)], fill=WHITE)
    pen.polygon(
        [(8.5 * unit, 10.5 * unit), (10.8 * unit, 7.2 * unit), (13.5 * unit, 10.5 * unit)], fill=WHITE
    )
    return image.resize((size, size), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    folder = Path(__file__).parent.parent / "public" / "icon"
    folder.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        draw(size).save(folder / f"{size}.png", optimize=True)
