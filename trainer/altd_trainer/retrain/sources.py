"""Where the words stand that a person puts into texts: in the post, its author's name, or the picture.

Who wants the name first takes it from the post, and whoever wants all that is written from the picture. A
draft that has learned this from pictures of one kind puts something into the texts of all others as well,
taken from wherever it finds it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import pairwise

from altd.describe.clean import clean
from altd.describe.prompt import Context
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.metrics.words import words
from altd_trainer.retrain.changes import changes, is_word, pieces

_LEAST = 3  # words or places; fewer may be the mending of mistakes


def put_in(before: str, after: str) -> set[str]:
    """The words of a text that do not stand at the same place in the one that it replaces."""
    old = pieces(before)
    return {
        piece.lower()
        for start, end, instead in changes(old, pieces(after))
        for piece in instead
        if is_word(piece) and piece.lower() not in words(*old[start:end])
    }


def sources(context: Context, lines: Sequence[str], before: str) -> Mapping[str, Set[str]]:
    """The words of the post, its author's name, the lines in the picture and the text as it was."""
    post = (context.text, context.quoted, context.title, context.extra)
    return {
        "post": words(*post),
        "author": words(context.author),
        "lines": words(*lines),
        "text": words(before),
    }


def usual_source(pairs: Iterable[PreferenceExample], added: Set[str]) -> str:
    """The source in which most words stand that a person puts in; empty if they are hardly in any.

    Args:
        pairs: the person's texts and those that they replaced.
        added: words that they put into several texts, which need no source.
    """
    found = Counter[str]()
    constant, count = words(*added), 0
    for pair in pairs:
        if pair.rejected is None:
            continue
        there = sources(pair.context, pair.lines, pair.rejected)
        free = put_in(pair.rejected, pair.chosen) - constant
        count += len(free)
        found.update(source for word in free for source, known in there.items() if word in known)
    ((source, times),) = found.most_common(1) or [("", 0)]
    return source if times >= max(_LEAST, count / 2) else ""


def usual_joint(pairs: Iterable[PreferenceExample]) -> str | None:
    """What a person who copies the lines of a picture puts between two of them; None if they hardly do.

    They copy what is written, in which a line may have been misread before. A sign that no text is served
    with is no joint.
    """
    found, count = Counter[str](), 0
    for pair in pairs:
        if pair.rejected is not None:
            count += len(pair.lines[1:])
            text = clean(pair.chosen)
            found.update(joint for two in pairwise(pair.lines) for joint in _joints(text, *two))
    ((joint, times),) = found.most_common(1) or [("", 0)]
    return joint if times >= max(_LEAST, count / 2) else None


def _joints(text: str, line: str, following: str) -> set[str]:
    """What stands in a text between two lines, other than a space: a line may be broken anywhere."""
    between = re.escape(line) + r"(\W*?[^\w\s]\W*?)" + re.escape(following)
    return set(re.findall(between, text))
