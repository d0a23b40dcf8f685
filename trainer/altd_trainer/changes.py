"""What one text puts instead of another's words and signs, and which signs a person always puts otherwise.

A taste that sits in signs (no full stop, another kind of quotation mark) can be read off a few edits, and a
text in which it is only half followed is an example of the wrong form. Words are not treated so: they agree
with those around them, and "a" before a word that is taken out may have to become "an".
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

_SIGN = re.compile(r"[^\w\s]")
_PIECES = re.compile(r"\w+|\s+|[^\w\s]")
_LEAST = 3  # places; fewer may be the mending of a mistake
_USUALLY = 0.8  # of the places; one click in twenty is a slip

Change = tuple[int, int, tuple[str, ...]]
"""Start and end of what is replaced, and what stands there instead."""

Signs = Mapping[str, tuple[str, ...]]
"""What a person puts, by the sign that they put it for."""


def pieces(text: str) -> list[str]:
    """Its words, spaces and signs, which joined are the text."""
    return _PIECES.findall(text)


def changes(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    """What is put instead of which pieces.

    Piece by piece where there are as many, and sign by sign at both ends where there are not: a quotation
    mark is form, the words beside it are not.
    """
    for tag, start, end, first, last in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        old, new = before[start:end], after[first:last]
        lead = len(old) if len(old) == len(new) else _signs(old, new)
        trail = _signs(old[lead:][::-1], new[lead:][::-1])
        yield from ((start + n, start + n + 1, (new[n],)) for n in range(lead))
        if max(len(old), len(new)) > lead + trail:
            yield start + lead, end - trail, tuple(new[lead : len(new) - trail])
        yield from ((end - n, end - n + 1, (new[-n],)) for n in range(trail, 0, -1))


def usual_signs(pairs: Iterable[tuple[str, str]]) -> Signs:
    """The signs that a person changes in the same way nearly wherever they stand.

    Args:
        pairs: of a text of theirs and the one that it replaced.
    """
    there: Counter[str] = Counter()
    made: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for chosen, rejected in pairs:
        before = pieces(rejected)
        there.update(before)
        made.update(
            (before[start], instead)
            for start, end, instead in changes(before, pieces(chosen))
            if end == start + 1 and _SIGN.match(before[start])
        )
    return {
        sign: instead
        for (sign, instead), times in made.items()
        if times >= _LEAST and times >= _USUALLY * there[sign]
    }


def with_signs(text: str, signs: Signs) -> str:
    """A text with the signs that a person usually puts."""
    return "".join(part for piece in pieces(text) for part in signs.get(piece, (piece,)))


def _signs(old: Sequence[str], new: Sequence[str]) -> int:
    """How many places from the beginning hold a sign in both."""
    both = takewhile(lambda pair: _SIGN.match(pair[0]) and _SIGN.match(pair[1]), zip(old, new, strict=False))
    return sum(1 for _ in both)
