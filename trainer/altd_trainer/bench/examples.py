"""Examples of a given length in tokens: pictures of noise, words at random."""

import random
from typing import Any

import numpy as np
from PIL import Image

from altd.describe.prompt import Context
from altd_trainer.bench.shapes import Shape
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.synthetic.words import COLOURS, NAMES

_WORDS = (*COLOURS, *NAMES)


def draw_examples(shape: Shape, tokenizer: Any, count: int) -> list[PreferenceExample]:
    """`count` examples whose contexts and responses have the shape's lengths, the same in every run."""
    rng = random.Random(f"bench {shape.stands_for}")
    noise = np.random.default_rng(0)
    side = shape.image_size

    def text(tokens: int) -> str:
        words: list[str] = []
        while len(tokenizer(" ".join(words))["input_ids"]) < tokens:
            words.append(rng.choice(_WORDS))
        return " ".join(words)

    return [
        PreferenceExample(
            id=f"bench-{index}",
            image=Image.fromarray(noise.integers(0, 256, (side, side, 3), dtype=np.uint8)),
            context=Context(text=text(shape.context)),
            rejected_context=Context(text=text(shape.context)),
            chosen=text(shape.response),
            rejected=text(shape.response),
        )
        for index in range(count)
    ]
