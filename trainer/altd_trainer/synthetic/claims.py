"""What a text claims of a drawn picture, and how much of that is so.

A text that leaves something out says nothing wrong: whoever wants no colours is not told less of the truth.
"""

import re

from altd_trainer.synthetic.facts import RELATIONS, Facts, folded, score, unquoted
from altd_trainer.synthetic.words import COLOURS

_COLOUR = re.compile(rf"\b(?:{'|'.join(map(re.escape, COLOURS))})\b")

_OF_OBJECTS = {"colour", "count"}


def claims(facts: Facts, text: str) -> tuple[int, int]:
    """How many of a text's claims are so, and how many it makes.

    A claim is a fact of `score` of a sort that the text speaks of at all; objects that are not there are
    claims, too, and objects that are left out are none.
    """
    found = score(facts, text)
    silent = _silent(facts, text, found)
    made = {sort: pair for sort, pair in found.items() if sort not in silent}
    there = found.get("object", (0, 0))[0]
    for sort in _OF_OBJECTS & made.keys():  # of an object that is left out nothing is claimed
        made[sort] = (made[sort][0], min(made[sort][1], there))
    invented, named = made.pop("invented", (0, 0))
    right = sum(pair[0] for sort, pair in made.items() if sort != "object")
    total = sum(pair[1] for sort, pair in made.items() if sort != "object")
    return right + named - invented, total + named


def _silent(facts: Facts, text: str, found: dict[str, tuple[int, int]]) -> set[str]:
    """The sorts of fact that a text does not speak of."""
    said = unquoted(text).lower()
    named = found.get("object", (0, 0))[0]
    speaks = {
        "colour": named > 0 and _COLOUR.search(said),
        "count": named > 0,
        "relation": any(relation in said for relation in RELATIONS),
        "name": facts.name.lower() in said,
        "event": "at the " in said,
        "text": "“" in folded(text),
        "chart": "chart" in said and " with " in said,
    }
    return {sort for sort, spoken in speaks.items() if not spoken}
