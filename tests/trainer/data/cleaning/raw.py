"""A folder of raw posts with defects of every class planted in it."""

import json
from pathlib import Path
from typing import Any

from PIL import Image

from altd_trainer.synthetic import generate

CLEAN = 24

ALTS = {
    "url_only": ["https://example.org/cat.html", "www.example.org/a"],
    "handle_only": ["@somebody", "@one @two"],
    "emoji_only": ["🐈🐈‍⬛", "✨ 💛 !!"],
    "hashtags_only": ["#cats #caturday"],
    "file_name": ["IMG_2041.jpg", "Screenshot 2022-06-01 at 10.11.12", "my cat (2).PNG"],
    "placeholder": ["Image", "Imagen", "画像", "Изображение", "alt text"],
    "machine_text": ["This may contain: a cat sitting on a wall", "May be an image of one person and sky"],
    "too_short": ["Cat", "my lunch"],
    "too_long": ["A cat on a wall. " * 70],
    "language": ["Ein Hund liegt auf dem Sofa und schläft", "Кошка спит на диване у окна"],
}
"""Reason → alt texts that go for it."""

REPAIRED = {
    "entities": ("A bowl of rice &amp; beans", "A bowl of rice & beans"),
    "urls": ("A map of the trail, see https://example.org/trail.", "A map of the trail, see."),
    "emails": ("A flyer that says write to me@example.org today", "A flyer that says write to today"),
    "handles": ("A drawing of a fox by @somebody in blue ink", "A drawing of a fox by person in blue ink"),
    "phones": ("A sign: call (212) 736-5000 for pizza", "A sign: call for pizza"),
    "names": ("Emma Watson holding a Caesar salad", "person holding a Caesar salad"),
}
"""Kind of repair → alt text before and after."""


def write_raw(folder: Path) -> Path:
    """Write the posts and their pictures; the file of the posts."""
    pictures, rows = _pictures(), []
    for number, (alt, text) in enumerate(_clean()):
        rows.append(_row(folder, f"clean-{number}", alt, text, next(pictures)))
    for reason, alts in ALTS.items():
        for number, alt in enumerate(alts):
            rows.append(_row(folder, f"{reason}-{number}", alt, "A post", next(pictures)))
    for kind, (alt, _) in REPAIRED.items():
        rows.append(_row(folder, f"repaired-{kind}", alt, "Another post", next(pictures)))
    rows += _twice(folder)
    (folder / "broken.png").write_bytes(b"no picture")
    rows.append({"id": "broken", "image": "broken.png", "alt": "A lamp on a desk", "text": "Desk"})
    rows.append({"id": "no-alt", "image": rows[0]["image"], "alt": "", "text": "Desk"})
    rows.append({"id": "no-picture", "image": "gone.png", "alt": "A lamp on a desk", "text": "Desk"})
    path = folder / "posts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _twice(folder: Path) -> list[dict[str, Any]]:
    """The first clean picture in the same bytes, the second smaller as JPEG, and one text too often."""
    (folder / "same.png").write_bytes((folder / "clean-0.png").read_bytes())
    with Image.open(folder / "clean-1.png") as image:
        image.convert("RGB").resize((image.width // 2, image.height // 2)).save(
            folder / "similar.jpg", quality=60
        )
    pictures = (generate(2, index).image for index in range(40, 45))
    texts = [_row(folder, f"text-{n}", "My newest drawing", f"Drawing {n}", next(pictures)) for n in range(5)]
    return [
        {"id": "same", "image": "same.png", "alt": "Somebody posted this again", "text": "Look"},
        {"id": "similar", "image": "similar.jpg", "alt": "Somebody posted this smaller", "text": "Look"},
        *texts,
    ]


def _clean() -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for index in range(CLEAN * 2):
        sample = generate(1, index)
        found.setdefault(sample.alt, sample.post.text)
    return list(found.items())[:CLEAN]


def _pictures() -> Any:
    return (generate(1, index).image for index in range(1000))


def _row(folder: Path, name: str, alt: str, text: str, image: Image.Image) -> dict[str, Any]:
    image.save(folder / f"{name}.png")
    return {"id": name, "image": f"{name}.png", "alt": alt, "text": text, "site": "x"}
