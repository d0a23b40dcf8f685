"""The form of a draft's text without what it misread: its changes, tried one by one on a true text.

Changes that stand beside each other and put in words that the person always uses are one phrase. Half of one
is nonsense, though all that it claims is so: of "at the Park Fair", for which the draft writes "posted by
Ann", it makes "posted the Park Fair". A phrase is put in whole, or, where something is lost by that, beside
what stood there.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence, Set
from itertools import pairwise

from altd.describe.clean import clean
from altd_trainer.metrics.words import words
from altd_trainer.retrain.changes import Change, changes, pieces

_WORD = re.compile(r"\w+")


def mended(base: str, new: str, added: Set[str], holds: Callable[[str], bool]) -> str:
    """`base` with those changes of `new` that hold.

    Those that put the same there are tried together first, and neighbours last: half a pair of quotation
    marks holds nowhere.

    Args:
        added: words and signs that the person puts into several texts.
        holds: whether a text is true and in the person's form.
    """
    before = pieces(base)
    found, phrases = list[Change](), list[Change]()
    for run in _runs(before, list(changes(before, pieces(new)))):
        whole = _as_one(before, run)
        if words(*whole[2]) & words(*added):
            found.append(whole)
            phrases += _beside(before, whole, added)
        else:
            found += run
    alike = [
        [other for other in found if other[2] == instead]
        for instead in dict.fromkeys(change[2] for change in found)
    ]
    taken = set[Change]()
    for several in (*alike, *([change] for change in found), *pairwise(found), *([one] for one in phrases)):
        if not _meet(taken, several) and holds(clean(_text_with(before, taken.union(several)))):
            taken.update(several)
    return _text_with(before, taken)


def _runs(before: Sequence[str], found: Sequence[Change]) -> Iterator[list[Change]]:
    """Changes with nothing but spaces between them."""
    run = list[Change]()
    for change in found:
        if run and any(piece.strip() for piece in before[run[-1][1] : change[0]]):
            yield run
            run = []
        run.append(change)
    if run:
        yield run


def _as_one(before: Sequence[str], run: Sequence[Change]) -> Change:
    instead, at = list[str](), run[0][0]
    for start, end, new in run:
        instead += [*before[at:start], *new]
        at = end
    return run[0][0], at, tuple(instead)


def _beside(before: Sequence[str], phrase: Change, added: Set[str]) -> Iterator[Change]:
    """The phrase in front of what stood there at the beginning of a text, elsewhere behind it."""
    start, end, instead = phrase
    places = [place for place, piece in enumerate(instead) if piece in added]
    if start == end or not places:
        return
    old = before[start:end]
    if start == 0:
        yield start, end, (*instead[: places[-1] + 1], " ", *old)
    else:
        yield start, end, (*old, *_separator(before[:start]), *instead[places[0] :])


def _separator(before: Sequence[str]) -> Sequence[str]:
    """What parts the last words of a text from the next: a space, and the sign in front of it."""
    return before[-2:] if len(before) > 1 and not _WORD.match(before[-2]) else before[-1:]


def _meet(taken: Collection[Change], several: Collection[Change]) -> bool:
    """Whether there are two changes of the same place."""
    return any(one != other and one[0] == other[0] for one in taken for other in several)


def _text_with(before: Sequence[str], taken: Collection[Change]) -> str:
    made, at = list[str](), 0
    for start, end, instead in sorted(taken):
        made += [*before[at:start], *instead]
        at = end
    return "".join([*made, *before[at:]])
