"""More names than chance draws, and names that were never heard: what copying is learned from.

A model that meets the same names again and again remembers them instead of reading the post.
"""

import random
import re
from dataclasses import fields, replace

from altd.describe.prompt import Context
from altd_trainer.synthetic.sample import Sample, generate
from altd_trainer.synthetic.truth import pseudo_word

_APART = 10_000_000  # further than any run counts
_TRIES = 8


def named_sample(seed: int, index: int) -> Sample:
    """A picture whose post names what is shown: number `index`, or the first such of a few that belong to it.

    When none of them is named, the last is returned as it is.
    """
    for step in range(_TRIES):
        sample = generate(seed, index + step * _APART)
        if sample.facts.name:
            break
    return sample


def renamed(post: Context, answer: str, name: str, rng: random.Random) -> tuple[Context, str]:
    """The post and the answer with a name that no list holds in place of `name`."""
    whole, other = re.compile(rf"\b{re.escape(name)}\b"), pseudo_word(rng)
    changed = {field.name: whole.sub(other, getattr(post, field.name)) for field in fields(post)}
    return replace(post, **changed), whole.sub(other, answer)
