"""Pins: the archive that Pinterest sends on request, and pins as its API gives them.

The archive is one HTML page; below a heading `Pins`, each pin begins with a link to it and has its columns on
lines of their own (`Title: …,`, with `No data` where there is nothing). The API gives objects with `title`,
`description`, `alt_text` and `media` (version 5), by the page in `items` or singly; collectors write the
site's own objects, with `image_signature`. What Pinterest itself wrote (`auto_alt_text`) is not taken.
A picture's file has the name of its signature (32 hexadecimal digits, also in its address) or of the pin.
"""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from altd.describe.prompt import Context
from altd_trainer.data import columns
from altd_trainer.data.importing.posts import Post
from altd_trainer.data.tables import read_rows

_PIN = re.compile(r"https?://(?:[\w-]+\.)?pinterest\.[\w.]+/pin/([\w-]+)/?$")
_COLUMN = re.compile(
    r"(Title|Details|Image|Is Native|Board Id|Board Name|Is Video|Ip Address|Username|Alt Text|Canonical Link"
    r"|Story Pin Media|Video|Created at|Alive|Is a repin|Private):\s?(.*)",
    re.DOTALL,
)
_NOTHING = "No data"
_SIGNATURE = re.compile(r"[0-9a-f]{32}")


def pins(path: Path) -> Iterator[Post]:
    """The pins of an archive (`.html`) or of the API (`.json`, `.jsonl`), without videos and private ones.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: naming the file: there is no pin in an archive, or naming a row that cannot be read.
    """
    if path.suffix.lower() in (".html", ".htm"):
        yield from _archive(path)
        return
    for origin, row in read_rows(path):
        items = row["items"] if isinstance(row.get("items"), list) else [row]
        for item in items:
            try:
                yield _from_api(item, origin)
            except ValueError as error:
                raise ValueError(f"{origin}: {error}") from error


def _archive(path: Path) -> Iterator[Post]:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    page = _Page()
    page.feed(path.read_text(encoding="utf-8-sig", errors="replace"))
    page.close()
    if not page.pins:
        raise ValueError(f"{path.name}: there is no pin below a heading `Pins` in it")
    for number, (name, raw) in enumerate(page.pins, start=1):
        pin = {column: _value(text) for column, text in raw.items()}
        if "True" in (pin.get("Is Video"), pin.get("Private")):
            continue
        context = Context(
            site="pinterest",
            title=pin.get("Title", ""),
            text=pin.get("Details", ""),
            author=pin.get("Username", ""),
        )
        names = tuple(filter(None, (pin.get("Image", ""), name)))
        yield Post(name, names, pin.get("Alt Text", ""), context, name, f"{path.name}, pin {number}")


def _value(text: str) -> str:
    """A column without the comma that ends it."""
    value = text.strip().removesuffix(",").strip()
    return "" if value == _NOTHING else value


def _from_api(item: Any, origin: str) -> Post:
    if not isinstance(item, Mapping):
        raise ValueError("a pin must be an object")
    name = str(columns.required(item, "id"))
    signatures = _SIGNATURE.findall(
        str(item.get("image_signature") or item.get("media") or item.get("image"))
    )
    context = Context(
        site="pinterest",
        title=columns.text_or(item, "title") or columns.text_or(item, "grid_title"),
        text=columns.text_or(item, "description"),
    )
    alt = columns.text_or(item, "alt_text")
    return Post(name, (*dict.fromkeys(signatures), name), alt, context, name, origin)


class _Page(HTMLParser):
    """Collects the lines below the heading `Pins` as pins."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pins: list[tuple[str, dict[str, str]]] = []
        self._heading: str | None = None
        self._line = ""
        self._column = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A heading begins a section, a break a line."""
        if tag in ("br", "h1"):
            self._end_line()
        if tag == "h1":
            self._heading = ""

    def handle_endtag(self, tag: str) -> None:
        """What follows a heading is its section's."""
        if tag == "h1":
            self._heading, self._line = self._line.strip(), ""
        elif tag == "div":
            self._end_line()

    def handle_data(self, data: str) -> None:
        """Text of the line."""
        self._line += data

    def close(self) -> None:
        """The last line ends with the page."""
        super().close()
        self._end_line()

    def _end_line(self) -> None:
        line, self._line = self._line.strip(), ""
        if self._heading != "Pins" or not line:
            return
        if pin := _PIN.match(line):
            self.pins.append((pin[1], {}))
            self._column = ""
        elif self.pins:
            self._add(line)

    def _add(self, line: str) -> None:
        """A column of the last pin, or one more line of a text with line breaks."""
        found, pin = _COLUMN.fullmatch(line), self.pins[-1][1]
        if found:
            self._column = found[1]
            pin[self._column] = found[2]
        elif self._column:
            pin[self._column] += f"\n{line}"
