"""The form of a draft's text without what it misread: its changes, tried one by one on a true text.

Changes that stand beside each other are one phrase where they put in words that the person always puts beside
the same ones. Half of one is nonsense, though all that it claims is so: of "at the Park Fair", for which the
draft writes "posted by Ann", it makes "posted the Park Fair". A phrase is put in whole or, where something
is lost by that, beside what stood there.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise

from altd.describe.clean import clean
from altd_trainer.metrics.words import words
from altd_trainer.retrain.changes import Change, Form, changes, is_word, pieces


def mended(base: str, new: str, form: Form, holds: Callable[[str], bool]) -> str:
    """`base` with those changes of `new` that hold.

    Those that put the same there are tried together first, then neighbours: half a pair of quotation marks
    holds nowhere. Phrases beside what they must not replace are tried last.

    Args:
        form: the person's, whose phrases are not parted.
        holds: whether a text is true and in that form.
    """
    before = pieces(base)
    found, phrases = list[Change](), list[Change]()
    for run in _runs(before, list(changes(before, pieces(new)))):
        whole = _as_one(before, run)
        if words(*whole[2]) & (form.followed_by.keys() | form.preceded_by.keys()):
            found.append(whole)
            phrases += _beside(before, whole, form)
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


def _beside(before: Sequence[str], phrase: Change, form: Form) -> Iterator[Change]:
    """The phrase in front of what stood there at the beginning of a text, elsewhere behind it."""
    start, end, instead = phrase
    old, new = before[start:end], [piece.lower() for piece in instead]
    written = [place for place, piece in enumerate(new) if piece.strip()]
    if start == end:
        return
    if start == 0:
        ends = [place for one, place in pairwise(written) if form.followed_by.get(new[one]) == new[place]]
        if ends:
            yield start, end, (*instead[: ends[-1] + 1], " ", *old)
        return
    for place in written:
        lead = form.preceded_by.get(new[place])
        if lead:
            space = (" ",) if is_word(lead) else ()
            yield start, end, (*old, *space, lead, " ", *instead[place:])
            return


def _meet(taken: Collection[Change], several: Collection[Change]) -> bool:
    """Whether two of them are of the same place: a phrase instead of what stood there, and beside it."""
    return any(one != other and one[:2] == other[:2] for one in taken for other in several)


def _text_with(before: Sequence[str], taken: Collection[Change]) -> str:
    made, at = list[str](), 0
    for start, end, instead in sorted(taken):
        made += [*before[at:start], *instead]
        at = end
    return "".join([*made, *before[at:]])
