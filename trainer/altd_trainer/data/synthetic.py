"""Preference examples from drawn pictures: the true text over one with a wrong fact, for the same post."""

import random
from io import BytesIO

from PIL import Image

from altd.describe.prompt import Context
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.synthetic import Sample, generate, split_seed
from altd_trainer.synthetic.reading import read_lines

SOURCE = "synthetic"


def synthetic_examples(split: str, start: int, count: int) -> list[PreferenceExample]:
    """Examples number `start` to `start + count - 1` of a split, the same in every run.

    Raises:
        ValueError: for a split that there is not.
    """
    try:
        seed = split_seed(split)
    except KeyError:
        raise ValueError(f"there is no synthetic split {split!r}: take train, validation or test") from None
    return [_example(generate(seed, index)) for index in range(start, start + count)]


def synthetic_contexts(split: str, start: int, count: int) -> list[Context]:
    """Posts of drawn pictures, to draw rejected contexts from."""
    seed = split_seed(split)
    return [generate(seed, index).post for index in range(start, start + count)]


def _example(sample: Sample) -> PreferenceExample:
    draw = random.Random(f"preference {sample.id}")
    lines, chosen = read_lines(sample, draw)
    worse = [text for text in sample.rejected if text != chosen]
    return PreferenceExample(
        id=sample.id,
        image=as_jpeg(sample.image),
        context=sample.post,
        chosen=chosen,
        rejected=draw.choice(worse) if worse else None,
        lines=tuple(lines),
        source=SOURCE,
        site=sample.post.site,
    )


def as_jpeg(image: Image.Image) -> bytes:
    """As a site would hand it out; thousands of decoded pictures would not fit in memory."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
