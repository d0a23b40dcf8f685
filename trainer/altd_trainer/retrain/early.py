"""Whether there are verdicts enough, and what is missing where there are not.

Twenty examples is where training on preferences begins to pay (DITTO, arXiv 2406.00888, starts below ten
of whole demonstrations; the notes of `docs/learning.md` say more). Six pairs of images that are kept from
training are the fewest that can show anything at the gate's confidence.
"""

import math
from collections.abc import Sequence

from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.gate import MIN_PAIRS

MIN_EXAMPLES = 20  # in all, those to judge by included
MIN_NEW = 10  # since the last training, where nobody asked for one
_HELD_OUT_SHARE = 0.3


def too_early(examples: Sequence[PreferenceExample], pairs: Sequence[PreferenceExample]) -> str | None:
    """Why it is too early to train, with what it would take; None when it is not.

    Args:
        examples: all that can be used.
        pairs: those of them to judge by, one for each image.
    """
    if len(examples) >= MIN_EXAMPLES and len(pairs) >= MIN_PAIRS:
        return None
    missing = max(MIN_EXAMPLES - len(examples), math.ceil((MIN_PAIRS - len(pairs)) / _HELD_OUT_SHARE))
    return (
        f"It is too early: there are {len(examples)} examples, {len(pairs)} of them pairs to judge by. "
        f"Learning begins at {MIN_EXAMPLES} with {MIN_PAIRS} pairs; about {missing} more edits, or "
        "rejections with a better text, will do."
    )


def nothing_new(examples: Sequence[PreferenceExample], before: Sequence[str]) -> str | None:
    """Why an unasked training would be in vain, None when it would not.

    Args:
        before: ids of the examples of the last training.
    """
    fresh = len({example.id for example in examples} - set(before))
    if not before or fresh >= MIN_NEW:
        return None
    return f"There are {fresh} new examples since the last training; {MIN_NEW} are worth another one."
