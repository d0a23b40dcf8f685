"""Quoted passages: words that a model says are written in the picture, held against the words that were read.

The reader is the better witness of letters. Of 79 passages that the bundled model quoted from drawn
pictures, 65 stood in the picture as quoted. Of those that did not, the ten that shared from 0.7 to 0.9 of
their letters with a run of read lines were all words wrong that the lines had right (“Creamy Apple Tart”
for CREAMY BERRY TART); above 0.9 the reader was as often the one with a wrong letter (“this”, read as
“thls”); the one below 0.6 was another text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from altd.describe.clean import clean_line

_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]+)[\"”“»]")
_MARKS = str.maketrans("", "", '"“”„«»')
_SAME = 0.9  # share of letters from which on a passage is left as the model wrote it
_LONGEST_RUN = 8  # lines that one quotation may take up


def quotes_match(text: str, lines: Sequence[str], threshold: float) -> bool:
    """Whether every quoted passage of `text` was read in the picture, give or take a few letters."""
    read = _letters(" ".join(lines))
    return all(_found(_letters(quote), read) >= threshold for quote in _QUOTED.findall(text))


def mend_quotes(text: str, lines: Sequence[str], threshold: float) -> str:
    """The text with each misquoted passage replaced by the read lines that it was to be.

    Args:
        text: what the model said.
        lines: what the reader read, in reading order.
        threshold: share of letters, 0 to 1, that the passage and the lines must have in common; a passage
            that resembles no lines so much stays as it is.
    """

    def mend(match: re.Match[str]) -> str:
        closest = _closest(match[1], tuple(lines), threshold)
        return match[0].replace(match[1], closest) if closest else match[0]

    return _QUOTED.sub(mend, text)


@lru_cache(maxsize=256)
def _closest(quote: str, lines: tuple[str, ...], threshold: float) -> str:
    """The run of whole lines that is most like a passage, or nothing when the passage may stay."""
    wanted = _letters(quote)
    if not wanted or _found(wanted, _letters(" ".join(lines))) >= _SAME:
        return ""
    matcher = SequenceMatcher(None, b=wanted, autojunk=False)
    best, share = "", threshold
    for start in range(len(lines)):
        for end in range(start + 1, min(len(lines), start + _LONGEST_RUN) + 1):
            run = " ".join(lines[start:end])
            matcher.set_seq1(_letters(run))
            if matcher.real_quick_ratio() >= share and matcher.ratio() >= share:
                best, share = run, matcher.ratio()
    return clean_line(best.translate(_MARKS))


def _found(quote: str, read: str) -> float:
    """The largest share of the quote's letters that stands in order in one place of the read text."""
    if not quote or quote in read:
        return 1.0
    matcher = SequenceMatcher(None, read, quote, autojunk=False)
    shares = (
        0.0,
        *(_window_share(read, quote, block.a - block.b) for block in matcher.get_matching_blocks()),
    )
    return max(shares)


def _window_share(read: str, quote: str, start: int) -> float:
    window = read[max(0, start) : max(0, start) + len(quote)]
    return SequenceMatcher(None, window, quote, autojunk=False).ratio()


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
