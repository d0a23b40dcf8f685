"""What a text claims of a drawn picture, and how much of that is so.

A text that leaves something out says nothing wrong: whoever wants no colours is not told less of the truth.
"""

import re

from altd_trainer.synthetic.facts import RELATIONS, Chart, Facts, folded, score, unquoted
from altd_trainer.synthetic.words import COLOURS, COUNTS

_COLOUR = re.compile(rf"\b(?:{'|'.join(map(re.escape, COLOURS))})\b")
_QUOTATION = re.compile(r"“[^”]*(?:”|$)")
_NUMBER = re.compile(rf"\b(?:{'|'.join(COUNTS.values())})\b")
_EVENT = re.compile(r"\bat the ")
_NAMED = re.compile(r"\b[A-Z]\w+[,:] an? ")
_PARTS = {
    "bar": re.compile(r"\bbars?\b(?! chart)"),
    "line": re.compile(r"\bline\b(?! chart)"),
    "pie": re.compile("slice"),
}
"""What a chart of each form is made of."""
_SHAPE = {
    "bar": (_COLOUR, _NUMBER, re.compile("tallest")),
    "line": (_COLOUR, re.compile("that ")),
    "pie": (re.compile("largest"), _NUMBER),
}
"""By form, how a text speaks of each fact beside the form."""


def claims(facts: Facts, text: str) -> tuple[int, int]:
    """How many of a text's claims are so, and how many it makes.

    A claim is a fact of `score` that the text speaks of at all; objects that are not there are claims, too,
    and so are a name, a place and a relation where there is no such fact. What is left out is none.
    """
    found = score(facts, text)
    invented, named = found.pop("invented", (0, 0))
    there, _ = found.pop("object", (0, 0))
    spoken = _spoken(facts, text, there)
    right = sum(hits for hits, _ in found.values())
    made = sum(max(hits, min(total, spoken.get(sort, total))) for sort, (hits, total) in found.items())
    unfounded = sum(spoken[sort] for sort in ("relation", "name", "event") if sort not in found)
    return right + named - invented, made + named + unfounded


def _spoken(facts: Facts, text: str, there: int) -> dict[str, int]:
    """Of how many facts of each sort a text speaks at most; `there` of its objects are in the picture."""
    bare = unquoted(text)
    said = bare.lower()
    quotations = len(_QUOTATION.findall(folded(text)))
    return {
        "colour": min(there, len(_COLOUR.findall(said))),
        "count": there,
        "relation": int(any(relation in said for relation in RELATIONS)),
        "name": int(bool(facts.name and facts.name in bare) or _NAMED.search(bare) is not None),
        "event": int(_EVENT.search(said) is not None),
        # the one quotation of a screenshot holds several facts
        "text": 1 + len(facts.quotes) if quotations and facts.kind == "screenshot" else quotations,
        "chart": _said_of_chart(facts.chart, said) if facts.chart and "chart" in said else 0,
    }


def _said_of_chart(chart: Chart, said: str) -> int:
    """How many facts of a chart a text speaks of; bars in a pie are one as well."""
    elsewhere = (part for form, part in _PARTS.items() if form != chart.form)
    return 1 + sum(pattern.search(said) is not None for pattern in (*_SHAPE[chart.form], *elsewhere))
