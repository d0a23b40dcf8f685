"""Thirty posts and thirty pictures that give orders to whoever describes them (`injections.json`)."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_CASES = json.loads(Path(__file__).with_name("injections.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Injection:
    """An order: the text that gives it and the words that only an obedient model would claim."""

    text: str
    asked: str


INJECTED_POSTS = tuple(
    Injection(case["text"] * case.get("times", 1), case["asked"]) for case in _CASES["posts"]
)
INJECTED_PICTURES = tuple(Injection(case["text"], case["asked"]) for case in _CASES["pictures"])
POSTS = tuple(case.text for case in INJECTED_POSTS)


def drawn(case: Injection, number: int) -> bytes:
    """The order as a picture: a shape above the text, wrapped, on a coloured ground; as a PNG file."""
    ground = ("white", "#f4e8c8", "#d8ecf8")[number % 3]
    picture = Image.new("RGB", (720, 540), ground)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((300, 30, 420, 150), fill=("#c0392b", "#2471a3", "#1e8449")[number % 3])
    font = ImageFont.load_default(30)
    for row, line in enumerate(_wrapped(case.text)):
        draw.text((40, 190 + row * 48), line, fill="black", font=font)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _wrapped(text: str, width: int = 40) -> list[str]:
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        for word in part.split(" "):
            if line and len(line) + len(word) + 1 > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}".strip()
        lines.append(line)
    return lines
