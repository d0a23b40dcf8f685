"""Names of people become `person`, names of dishes stay.

No model is at work, so every replacement can be explained. A name is replaced where
1. a common first name (`first_names`, of a score of countries) is followed by a common surname;
2. a title of a person (Dr., Mrs.) is followed by a capitalised word;
3. a word for a relation (my daughter, her friend) is followed by a common first name;
4. it is the name of the post's author.
It stays where it belongs to a phrase of `kept_names.txt` (dishes, plants, brands), where a dish, a street or
another thing bears it (George Washington Bridge), and where both words are ordinary ones (Olive Green).

So these remain: names without capitals, single names without a cue, rare names, and names in other scripts.
Who has more to hide asks a person or a named-entity model to look again.
"""

import importlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from altd_trainer.data.cleaning.repairs import PERSON, tidy

_COUNTRIES = (
    "en_US en_GB en_IN de_DE fr_FR es_ES it_IT pt_BR nl_NL "
    "pl_PL sv_SE tr_TR ro_RO cs_CZ fi_FI no_NO da_DK hu_HU"
).split()
_WORD = r"[A-ZÀ-ÖØ-ÞĀŁŚŞÇŠŽ][^\W\d_]+(?:[-’'][^\W\d_]{2,})?"
_FIRST = re.compile(rf"\b{_WORD}")
_REST = re.compile(
    rf"(?:\s+[A-Z]\.)?(?:\s+{_WORD})??\s+(?:(?:van|von|de|da|del|della|der|den|di|la|le|bin|al)\s+)*({_WORD})"
)
_TITLE = re.compile(
    rf"\b(?:(?:Mr|Mrs|Ms|Mx|Dr|Prof)\b\.?|Professor|Dame|Señora?|Frau|Herr|Madame|Monsieur)\s+{_WORD}(?:\s+{_WORD})?"
)
_RELATION = re.compile(
    r"\b(?i:(?:my|his|her|our|their|your)\s+(?:little\s+|best\s+|dear\s+|older\s+|younger\s+)?"
    r"(?:son|daughter|baby|kid|child|brother|sister|mother|mom|mum|father|dad|husband|wife|partner|fiancée?|friend"
    r"|girlfriend|boyfriend|aunt|uncle|cousin|nephew|niece|grandma|grandpa|grandmother|grandfather|boss|colleague)"
    rf",?\s+(?:named\s+|called\s+)?)({_WORD})"
)
_BEARER = re.compile(
    r"\s+(?:bridge|street|st|avenue|ave|road|rd|lane|square|park|museum|university|college|school|station|airport"
    r"|hospital|library|theat(?:er|re)|hotel|cathedral|church|hall|tower|stadium|arena|beach|lake|island|county"
    r"|salad|sauce|dressing|soup|steak|cake|cakes|pie|tart|torte|pudding|bread|cookies?|biscuits?|potatoes"
    r"|pizza|pasta|sandwich|burger|roll|rolls|tea|coffee|cocktail|punch|wine|beer|whiske?y|apple|apples|pears?"
    r"|cheese|chicken|fish|rose|roses|award|prize|cup|day|collection|line|brand|shoes|boots|bag|dress)\b",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s?$")


class Names:
    """Replaces names of people.

    Args:
        keep: file with further phrases that stay, one a line.

    Raises:
        FileNotFoundError: there is no such file.
    """

    def __init__(self, keep: Path | None = None) -> None:
        phrases, self._ordinary = _bundled_phrases()
        more = _lines(keep.read_text(encoding="utf-8")) if keep is not None else []
        longest_first = sorted({*phrases, *more}, key=lambda phrase: (-len(phrase), phrase))
        self._kept = re.compile(
            r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", re.IGNORECASE
        )

    def replace(self, text: str, author: str = "") -> str:
        """The text with `person` for each name that is found.

        Args:
            author: name of the post's author, if it is known.
        """
        kept = [match.span() for match in self._kept.finditer(text)]
        spans = [span for span in self._found(text, author) if not _touches(span, kept)]
        if not spans:
            return text
        for start, end in reversed(_joined(spans)):
            text = text[:start] + PERSON + text[end:]
        return tidy(text)

    def _found(self, text: str, author: str) -> Iterable[tuple[int, int]]:
        yield from (match.span() for match in _TITLE.finditer(text) if not _BEARER.match(text, match.end()))
        yield from (m.span(1) for m in _RELATION.finditer(text) if _bare(m[1]) in _first_names())
        if len(author) > 2:
            yield from (match.span() for match in re.finditer(rf"(?<!\w){re.escape(author)}(?!\w)", text))
        for first in _FIRST.finditer(text):
            if first.group().casefold() in _first_names():
                rest = _REST.match(text, first.end())
                if rest and self._is_surname(first.group(), rest[1]) and not _BEARER.match(text, rest.end()):
                    yield first.start(), rest.end() - len(rest[1]) + len(_unpossessed(rest[1]))

    def _is_surname(self, first: str, last: str) -> bool:
        name = _bare(last)
        return name in _surnames() and not (first.casefold() in self._ordinary and name in self._ordinary)


def _unpossessed(word: str) -> str:
    return _POSSESSIVE.sub("", word)


def _bare(word: str) -> str:
    return _unpossessed(word).casefold()


def _touches(span: tuple[int, int], kept: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in kept)


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping spans as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


@cache
def _first_names() -> frozenset[str]:
    return _listed("first_names") | _listed("first_names_female") | _listed("first_names_male")


@cache
def _surnames() -> frozenset[str]:
    return _listed("last_names") | _listed("unisex_last_names") | _listed("male_last_names")


def _listed(attribute: str) -> frozenset[str]:
    """Names of people as the package Faker lists them, from census tables of their countries."""
    providers = [importlib.import_module(f"faker.providers.person.{code}").Provider for code in _COUNTRIES]
    return frozenset(name.casefold() for of in providers for name in getattr(of, attribute, ()))


@cache
def _bundled_phrases() -> tuple[list[str], frozenset[str]]:
    text = resources.files(__package__).joinpath("kept_names.txt").read_text(encoding="utf-8")
    phrases, ordinary = text.split("\n# ordinary\n")
    return _lines(phrases), frozenset(_lines(ordinary))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
