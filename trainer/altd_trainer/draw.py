"""Drawn pictures with posts as files, for the demo: `python -m altd_trainer draw`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from altd_trainer.synthetic import generate, split_seed

FEED = {"scene": 5, "meme": 2, "chart": 2, "poster": 2, "screenshot": 1, "recipe": 4}
"""How many pictures of each kind make a feed."""
_FIRST = 100  # of the test split; among the first pictures there is a scene that the model leaves alone


def draw_feed(folder: Path, wanted: dict[str, int] | None = None) -> list[dict[str, Any]]:
    """Write test-split pictures as JPEG files and `posts.json` beside them; returns what it holds.

    Each entry has `file`, `kind`, `context` (the post), `size` and `alt` (the true text).
    """
    folder.mkdir(parents=True, exist_ok=True)
    left = dict(wanted or FEED)
    posts: list[dict[str, Any]] = []
    index = _FIRST
    while any(left.values()):
        sample = generate(split_seed("test"), index)
        index += 1
        if not left.get(sample.kind) or not sample.post.text:
            continue
        left[sample.kind] -= 1
        file = f"{len(posts) + 1:02}-{sample.kind}.jpg"
        sample.image.save(folder / file, quality=92)
        size = {"width": sample.image.width, "height": sample.image.height}
        context = asdict(sample.post)
        posts.append({"file": file, "kind": sample.kind, "context": context, "size": size, "alt": sample.alt})
    (folder / "posts.json").write_text(json.dumps(posts, indent=1, ensure_ascii=False))
    return posts
