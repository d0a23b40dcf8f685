"""What is true of a drawn picture, the sentence that says it, and how much another sentence gets right."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from altd_trainer.synthetic.objects import OBJECTS
from altd_trainer.synthetic.words import COLOURS, COUNTS, ORDINALS

_STRAIGHT = re.compile(r'"([^"]*)"')
_PLAIN = str.maketrans({"’": "'", "–": "-", "…": "..."})
RELATIONS = ("to the left of", "to the right of", "above", "below")
UNKNOWN = "A picture that is not recognised."
"""The answer for pictures outside the drawn world."""


@dataclass(frozen=True)
class Group:
    """Equal objects standing together."""

    kind: str
    colour: str
    count: int = 1

    def phrase(self) -> str:
        """`a red apple`, `three red apples`."""
        noun = OBJECTS[self.kind]
        if self.count == 1:
            article = "an" if self.colour[0] in "aeiou" else "a"
            return f"{article} {self.colour} {noun.name}"
        return f"{COUNTS[self.count]} {self.colour} {noun.plural}"


@dataclass(frozen=True)
class Chart:
    """A chart's form: what a glance tells, without its numbers."""

    form: str  # bar, line, pie
    parts: int = 0  # bars or slices
    largest: int = 0  # index of the tallest bar, from the left
    colour: str = ""  # of the bars or the line; of the largest slice
    trend: str = ""  # of a line: rises, falls, rises and then falls, falls and then rises


@dataclass(frozen=True)
class Facts:
    """Everything that a description may say. Text stands exactly as it is drawn."""

    kind: str
    groups: tuple[Group, ...] = ()
    relation: str = ""  # of the first group to the second
    name: str = ""  # given by the post to the single object that is shown
    event: str = ""  # given by the post, where the picture was taken
    author: str = ""  # of the post in a screenshot
    title: str = ""
    quotes: tuple[str, ...] = ()
    chart: Chart | None = None
    foreign: str = field(default="", compare=False)  # a name in the post that is not in the picture


def describe(facts: Facts) -> str:
    """The true alt text: one sentence, the most important thing first."""
    return _capital(_SENTENCES[facts.kind](facts)) + "."


def score(facts: Facts, text: str) -> dict[str, tuple[int, int]]:
    """For each sort of fact, how many `text` gets right and how many there are.

    `invented` counts objects that `text` names and the picture does not show, out of all it names.
    Passages in quotation marks are the reader's: neither objects nor persons are looked for there. Each sort
    is judged by itself: a wrong number does not make the colour or the relation wrong as well. Typewriter
    signs are as good as typographic ones, and emoji are not looked at.
    """
    text, said = folded(text), unquoted(text)
    plain = said.lower()
    found = _mentions(plain.replace(facts.author.lower(), " ") if facts.author else plain)
    result = {
        "object": _share(group.kind in found for group in facts.groups),
        "colour": _share(_says(f"{group.colour} {_either(group)}", plain) for group in facts.groups),
        "count": _share(_counted(group, plain) for group in facts.groups),
        "relation": _share([_related(facts, plain)] if facts.relation else []),
        "name": _share([_says(re.escape(facts.name), said)] if facts.name else []),
        "foreign_name": _share([not _says(re.escape(facts.foreign), said)] if facts.foreign else []),
        "event": _share([_says(re.escape(facts.event), said)] if facts.event else []),
        "text": _share(
            folded(quote) in text for quote in (facts.title, facts.author, *facts.quotes) if quote
        ),
        "chart": _share(_chart_facts(facts, plain)),
        "invented": (len(found - {group.kind for group in facts.groups}), len(found)),
    }
    return {sort: counts for sort, counts in result.items() if counts[1]}


def folded(text: str) -> str:
    """The text with pairs of quotation marks in one form, and without signs that no keyboard has."""
    plain = "".join(sign for sign in text.translate(_PLAIN) if sign in "“”" or ord(sign) < 0x2000)
    return _STRAIGHT.sub(r"“\1”", " ".join(plain.split()))


def unquoted(text: str) -> str:
    """What a text says by itself, outside quotation marks."""
    return re.sub(r"“[^”]*(?:”|$)", " ", folded(text))


def _scene(facts: Facts) -> str:
    first, *rest = (group.phrase() for group in facts.groups)
    if facts.name:
        first = f"{facts.name}, {first},"
    sentence = f"{first} {facts.relation} {rest[0]}" if rest else first.rstrip(",")
    return f"{sentence}, at the {facts.event}" if facts.event else sentence


def _screenshot(facts: Facts) -> str:
    return f"screenshot of a post by {facts.author}: “{' '.join(facts.quotes)}”"


def _recipe(facts: Facts) -> str:
    return f"recipe pin “{facts.title}” with {facts.groups[0].phrase()}"


def _meme(facts: Facts) -> str:
    named = f"{facts.name}, " if facts.name else ""
    return f"meme with {named}{facts.groups[0].phrase()}: “{facts.quotes[0]}” and “{facts.quotes[1]}”"


def _poster(facts: Facts) -> str:
    return f"poster “{facts.title}” with {facts.groups[0].phrase()}: “{'”, “'.join(facts.quotes)}”"


def _chart(facts: Facts) -> str:
    chart = facts.chart
    assert chart is not None
    start = f"{chart.form} chart “{facts.title}”"
    if chart.form == "bar":
        bars = f"{COUNTS[chart.parts]} {chart.colour} bars"
        return f"{start} with {bars}, the {ORDINALS[chart.largest]} is the tallest"
    if chart.form == "line":
        return f"{start} with a {chart.colour} line that {chart.trend}"
    return f"{start} with {COUNTS[chart.parts]} slices, the largest is {chart.colour}"


def _unknown(facts: Facts) -> str:
    return UNKNOWN.removesuffix(".")


_SENTENCES = {
    "scene": _scene,
    "screenshot": _screenshot,
    "recipe": _recipe,
    "meme": _meme,
    "poster": _poster,
    "chart": _chart,
    "unknown": _unknown,
}


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _share(hits: Iterator[bool] | list[bool]) -> tuple[int, int]:
    answers = list(hits)
    return sum(answers), len(answers)


_WORDS = {
    word: kind.name
    for kind in OBJECTS.values()
    for word in sorted({kind.name, kind.plural}, key=len, reverse=True)
}
_NOUNS = re.compile(r"\b(" + "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)) + r")\b")


def _mentions(plain: str) -> set[str]:
    return {_WORDS[match] for match in _NOUNS.findall(plain)}


def _says(pattern: str, text: str) -> bool:
    """Whether whole words of the text match: `car` is not in `carrot`, nor `Mara` in `Marathon`."""
    return re.search(rf"\b(?:{pattern})\b", text) is not None


def _noun(group: Group) -> str:
    noun = OBJECTS[group.kind]
    return noun.name if group.count == 1 else noun.plural


def _either(group: Group) -> str:
    """A pattern for one or many of the kind."""
    noun = OBJECTS[group.kind]
    return f"(?:{re.escape(noun.plural)}|{re.escape(noun.name)})"


def _counted(group: Group, plain: str) -> bool:
    colours = "|".join(COLOURS)
    number = "an?|one" if group.count == 1 else COUNTS[group.count]
    return _says(rf"(?:{number}) (?:(?:{colours}) )?{re.escape(_noun(group))}", plain)


def _related(facts: Facts, plain: str) -> bool:
    """Said from either side: `a cat above a dog` is `a dog below a cat`."""
    first, second = map(_either, facts.groups)
    inverse = RELATIONS[RELATIONS.index(facts.relation) ^ 1]
    sides = ((first, facts.relation, second), (second, inverse, first))
    return any(_says(rf"{one}\b[^.]*\b{relation}\b[^.]*\b{other}", plain) for one, relation, other in sides)


def _chart_facts(facts: Facts, plain: str) -> list[bool]:
    chart = facts.chart
    if chart is None:
        return []
    said = [f"{chart.form} chart" in plain]
    if chart.form == "line":
        return [*said, f"{chart.colour} line" in plain, _says(rf"that {chart.trend}(?! and then)", plain)]
    said.append(_says(COUNTS[chart.parts], plain))
    if chart.form == "bar":
        return [*said, f"{chart.colour} bars" in plain, f"{ORDINALS[chart.largest]} is the tallest" in plain]
    return [*said, f"largest is {chart.colour}" in plain]
