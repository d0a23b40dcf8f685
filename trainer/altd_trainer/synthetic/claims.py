"""What a text claims of a drawn picture, and how much of that is so.

A text that leaves something out says nothing wrong: whoever wants no colours is not told less of the truth.
"""

import re

from altd_trainer.synthetic.facts import RELATIONS, Chart, Facts, folded, score, unquoted
from altd_trainer.synthetic.words import COLOURS, COUNTS

_COLOUR = re.compile(rf"\b(?:{'|'.join(map(re.escape, COLOURS))})\b")
_NUMBER = re.compile(rf"\b(?:{'|'.join(COUNTS.values())})\b")
_PARTS = {
    "bar": re.compile(r"\bbars?\b(?! chart)"),
    "line": re.compile(r"\bline\b(?! chart)"),
    "pie": re.compile("slice"),
}

_OF_OBJECTS = {"colour", "count"}


def claims(facts: Facts, text: str) -> tuple[int, int]:
    """How many of a text's claims are so, and how many it makes.

    A claim is a fact of `score` of a sort that the text speaks of at all; objects that are not there are
    claims, too, and objects that are left out are none.
    """
    found = score(facts, text)
    said = unquoted(text).lower()
    silent = _silent(facts, text, found)
    made = {sort: pair for sort, pair in found.items() if sort not in silent}
    most = dict.fromkeys(
        _OF_OBJECTS, found.get("object", (0, 0))[0]
    )  # of what is left out nothing is claimed
    most["colour"] = min(most["colour"], len(_COLOUR.findall(said)))
    made |= {sort: (made[sort][0], min(made[sort][1], most[sort])) for sort in most.keys() & made.keys()}
    if facts.chart and "chart" in made:
        made["chart"] = (made["chart"][0], _said_of_chart(facts.chart, said))
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
        "chart": "chart" in said,
    }
    return {sort for sort, spoken in speaks.items() if not spoken}


def _said_of_chart(chart: Chart, said: str) -> int:
    """How many facts of a chart a text speaks of; bars in a pie are one as well."""
    spoken = [_COLOUR, re.compile("that ") if chart.form == "line" else _NUMBER]
    if chart.form == "bar":
        spoken.append(re.compile("tallest"))
    if chart.form == "pie":
        spoken[0] = re.compile("largest")
    elsewhere = [part for form, part in _PARTS.items() if form != chart.form]
    return 1 + sum(pattern.search(said) is not None for pattern in (*spoken, *elsewhere))
