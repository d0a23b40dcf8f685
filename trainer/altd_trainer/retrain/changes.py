"""What one text puts instead of another's words and signs, and which of them a person does not want.

A taste that sits in words or signs (no colours, no full stop, another kind of quotation mark) can be read off
a few edits, and a text in which it is only half followed is an example of the wrong form. Signs can then be
changed by themselves. Words cannot: "a" before one that is taken out may have to become "an".
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise, takewhile

_SIGN = re.compile(r"[^\w\s]")
_WORD = re.compile(r"\w+")
_PIECES = re.compile(r"\w+|\s+|[^\w\s]")
_LEAST = 3  # texts or places; fewer may be the mending of a mistake
_MOSTLY = 0.5  # of the texts in which a piece stands
_TWICE = 2  # texts: a word for one kind of picture in ten is seldom put in more often
_OFTEN = 10  # texts of a draft, which forgets a colour here and there by chance
_SHARE = 10  # of the texts, one: what stands in fewer is no form of a person's
_USUALLY = 0.8  # of them; one click in twenty is a slip

Change = tuple[int, int, tuple[str, ...]]
"""Start and end of what is replaced, and what stands there instead."""


@dataclass(frozen=True)
class Form:
    """What a person's edits say by themselves about how they want texts put.

    Attributes:
        signs: what they put, by the sign that they change in the same way nearly wherever it stands.
        unwanted: words and signs that they take out of nearly every text in which they stand.
        spared: neighbours beside which they leave even those: who wants no quotation may want a title.
        left: those that they leave in more often than not.
        kept: words and signs that they leave in nearly every text in which they stand.
        added: words and signs that they put into several texts.
        followed_by: of words that they add, in small letters, what nearly always stands behind; "" is the
            end.
        preceded_by: likewise what stands in front; "" is the beginning.
    """

    signs: Mapping[str, tuple[str, ...]]
    unwanted: Set[str]
    spared: Set[tuple[str, str]]
    left: Set[str]
    kept: Set[str]
    added: Set[str]
    followed_by: Mapping[str, str]
    preceded_by: Mapping[str, str]

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]]) -> "Form":
        """Read it off pairs of a text of theirs and the one that it replaced."""
        texts = [(pieces(rejected), pieces(chosen)) for chosen, rejected in pairs]
        there, gone = _there_and_gone(texts)
        added = _added(texts)
        chosen = {"".join(after): _small(after) for _, after in texts}.values()
        beside, least = [pair for after in chosen for pair in _neighbours(after)], len(chosen) / _SHARE
        return cls(
            signs=_usual_signs(texts),
            unwanted={piece for piece, times in gone.items() if _is_usual(times, there[piece])},
            spared=_spared(texts, _TWICE),
            left={piece for piece, times in there.items() if gone[piece] < _MOSTLY * times},
            kept={piece for piece, times in there.items() if _is_usual(times - gone[piece], times)},
            added=added,
            followed_by=_usual_neighbours(added, beside, least),
            preceded_by=_usual_neighbours(added, [(piece, before) for before, piece in beside], least),
        )

    def as_drafted(self, pairs: Iterable[tuple[str, str]]) -> "Form":
        """With what a draft takes out more often than not unwanted as well, unless the person leaves it in.

        Of a dozen colours a few come up too seldom in a person's edits to be sure of each; a text with one
        left in it is an example of the wrong form all the same.

        Args:
            pairs: texts in the draft's form, each with the one that it replaces.
        """
        texts = [(pieces(before), pieces(text)) for text, before in pairs]
        there, gone = _there_and_gone(texts)
        often = {piece for piece, times in gone.items() if times >= max(_LEAST, _MOSTLY * there[piece])}
        more = often - self.left - self.unwanted
        spared = {pair for pair in _spared(texts, _OFTEN) if not more.isdisjoint(pair)}
        return replace(self, unwanted=self.unwanted | more, spared=self.spared | spared)

    def with_signs(self, text: str) -> str:
        """A text with the signs that the person puts."""
        return "".join(part for piece in pieces(text) for part in self.signs.get(piece, (piece,)))

    def allows(self, text: str) -> bool:
        """Whether nothing is in a text that the person takes out there."""
        beside = list(_neighbours(pieces(text)))
        return not any(
            piece in self.unwanted and self.spared.isdisjoint(((before, piece), (piece, after)))
            for (before, piece), (_, after) in pairwise(beside)
        )

    def keeps(self, text: str, before: str) -> bool:
        """Whether all of the text before that the person leaves in is in a text."""
        return self.kept & set(pieces(before)) <= set(pieces(text))

    def is_whole(self, text: str, before: str) -> bool:
        """Whether the words that the person adds stand in a text beside those that belong to them.

        Args:
            before: what it replaces, in which they may stand otherwise.
        """
        old, new = (Counter(_neighbours(_small(pieces(each)))) for each in (before, text))
        return all(
            self.followed_by.get(one, other) == other and self.preceded_by.get(other, one) == one
            for one, other in new - old
        )


def is_word(piece: str) -> bool:
    """Whether it is no sign, and no space."""
    return bool(_WORD.match(piece))


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


def _usual_signs(texts: Iterable[tuple[list[str], list[str]]]) -> dict[str, tuple[str, ...]]:
    there: Counter[str] = Counter()
    made: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for before, after in texts:
        there.update(before)
        made.update(
            (before[start], instead)
            for start, end, instead in changes(before, after)
            if end == start + 1 and _SIGN.match(before[start])
        )
    return {sign: instead for (sign, instead), times in made.items() if _is_usual(times, there[sign])}


def _there_and_gone(texts: Iterable[tuple[list[str], list[str]]]) -> tuple[Counter[str], Counter[str]]:
    """In how many texts a piece stood, and out of how many of them it was taken."""
    there: Counter[str] = Counter()
    gone: Counter[str] = Counter()
    for before, after in texts:
        there.update(set(before))
        gone.update(set(before) - set(after))
    return there, gone


def _added(texts: Iterable[tuple[list[str], list[str]]]) -> set[str]:
    """What was put into two texts; one that replaced several counts once."""
    put: dict[str, set[str]] = {}
    for before, after in texts:
        for piece in set(after) - set(before):
            put.setdefault(piece, set()).add("".join(after))
    return {piece for piece, made in put.items() if len(made) >= _TWICE}


def _neighbours(text: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Its words and signs by twos; an empty one stands at both ends."""
    return pairwise(["", *(piece for piece in text if piece.strip()), ""])


def _small(text: Iterable[str]) -> list[str]:
    return [piece.lower() for piece in text]


def _spared(texts: Iterable[tuple[list[str], list[str]]], least: int) -> set[tuple[str, str]]:
    """Neighbours that are left beside each other nearly wherever they stand so."""
    there, left = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for before, after in {"".join(after): (before, after) for before, after in texts}.values():
        old = set(_neighbours(before))
        there.update(old)
        left.update(old & set(_neighbours(after)))
    return {pair for pair, times in left.items() if times >= max(least, _USUALLY * there[pair])}


def _usual_neighbours(added: Set[str], beside: Iterable[tuple[str, str]], least: float) -> dict[str, str]:
    """What stands nearly everywhere behind a word that is added, where it stands at least so many times."""
    named = {piece.lower() for piece in added if is_word(piece)}
    behind = Counter((one, other) for one, other in beside if one in named)
    there = Counter[str]()
    for (one, _), times in behind.items():
        there[one] += times
    return {
        one: other
        for (one, other), times in behind.items()
        if times >= least and _is_usual(times, there[one])
    }


def _is_usual(times: int, of: int) -> bool:
    return times >= _LEAST and times >= _USUALLY * of


def _signs(old: Sequence[str], new: Sequence[str]) -> int:
    """How many places from the beginning hold a sign in both."""
    both = takewhile(lambda pair: _SIGN.match(pair[0]) and _SIGN.match(pair[1]), zip(old, new, strict=False))
    return sum(1 for _ in both)
