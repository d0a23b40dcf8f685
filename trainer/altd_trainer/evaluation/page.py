"""What pages are made of: everything escaped, pictures and plots inside the page itself."""

import base64
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure
from PIL import Image

_SIDE = 480  # pixels of the longer side: enough to see what a text is about
_QUALITY = 75


def page_environment(folder: Path) -> Environment:
    """Templates of a folder; what they are filled with is escaped, and a name that is missing is an error."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def picture_uri(image: Image.Image) -> str:
    """A small copy of a picture as a data URI (JPEG)."""
    small = image.copy()
    small.thumbnail((_SIDE, _SIDE))
    file = BytesIO()
    small.save(file, "JPEG", quality=_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def figure_uri(figure: Figure) -> str:
    """A plot as a data URI (SVG), the same bytes in every run."""
    file = BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(file.getvalue()).decode()
