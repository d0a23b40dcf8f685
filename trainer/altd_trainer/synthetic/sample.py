"""One drawn picture with everything that is known about it, as a pure function of (seed, index)."""

import random
import zlib
from dataclasses import dataclass

from PIL import Image

from altd.describe.prompt import Context
from altd_trainer.synthetic.canvas import Placed
from altd_trainer.synthetic.facts import Facts, describe
from altd_trainer.synthetic.pictures import DRAW
from altd_trainer.synthetic.posts import write_post
from altd_trainer.synthetic.texts import noisy_texts, rejected_texts
from altd_trainer.synthetic.truth import FACTS

KINDS = ("scene", "screenshot", "recipe", "meme", "poster", "chart", "unknown")
_SHARES = (46, 10, 10, 11, 9, 10, 4)
_SEEDS = {"train": 1, "validation": 2, "test": 3}


@dataclass(frozen=True)
class Sample:
    """A picture, its post and what may be said of it. `lines` are drawn text lines in reading order."""

    id: str
    image: Image.Image
    kind: str
    post: Context
    facts: Facts
    alt: str
    noisy: list[str]
    rejected: list[str]
    lines: list[str]
    placed: list[Placed]


def split_seed(split: str) -> int:
    """The seed of `train`, `validation` or `test`.

    The three are disjoint by construction: which one a picture may belong to follows from its facts, so
    no combination of objects, colours, counts and words of one is in another.
    """
    return _SEEDS[split]


def generate(seed: int, index: int, kind: str | None = None) -> Sample:
    """Picture number `index` of the stream `seed`, of any kind or of the one asked for."""
    rng = random.Random(f"altd {seed} {index}")
    chosen = kind or rng.choices(KINDS, _SHARES)[0]
    facts = FACTS[chosen](rng)
    while not _belongs(facts, seed):
        facts = FACTS[chosen](rng)
    image, lines, placed = DRAW[chosen](facts, rng)
    return Sample(
        id=f"synthetic-{seed}-{index}",
        image=image,
        kind=chosen,
        post=write_post(facts, rng),
        facts=facts,
        alt=describe(facts),
        noisy=noisy_texts(facts, rng),
        rejected=rejected_texts(facts, rng),
        lines=lines,
        placed=placed,
    )


def _belongs(facts: Facts, seed: int) -> bool:
    if facts.kind == "unknown" or seed not in _SEEDS.values():
        return True
    bucket = zlib.crc32(repr((facts.groups, facts.title, facts.quotes, facts.chart)).encode()) % 20
    return (3 if bucket < 2 else 2 if bucket == 2 else 1) == seed
