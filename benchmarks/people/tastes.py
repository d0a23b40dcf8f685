"""Eight tastes in alternative texts, each as a function of a picture and a true text of it.

A taste says how a true text should be put, never what is true. Its `wish` leaves a text alone that is
already as it should be, so that the share of texts that it leaves alone is the agreement with the person.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from altd_trainer.synthetic import Sample
from altd_trainer.synthetic.words import COLOURS

Wish = Callable[[Sample, str], str]

_QUOTED = re.compile(r"(“[^”]*”)")
_COLOUR = re.compile(rf"\b(?:{'|'.join(map(re.escape, COLOURS))}) ")
_ARTICLE = re.compile(r"\b(a|an) (?=(\w))", re.IGNORECASE)
_PLAIN = str.maketrans({"“": '"', "”": '"', "’": "'", "–": "-", "…": "..."})
_KINDS = {
    "scene": "Szene",
    "screenshot": "Beitrag",
    "recipe": "Rezept",
    "meme": "Meme",
    "poster": "Plakat",
    "chart": "Diagramm",
}


@dataclass(frozen=True)
class Taste:
    """What a person wants of a text, beside that it is true.

    Attributes:
        about: one line for tables.
        wish: a picture and a true text of it → that text as this person would write it; a text that is
            as it should be stays as it is.
        looks_at: which pictures this person stops at.
    """

    about: str
    wish: Wish
    looks_at: Callable[[Sample], bool] = lambda sample: sample.kind != "unknown"


def short(sample: Sample, text: str) -> str:
    """Without what is written in the picture, where it was taken, and a chart's details."""
    end = " with " if sample.kind == "chart" else ", at the " if sample.kind == "scene" else ": “"
    head, cut, _ = text.partition(end)
    return f"{head}." if cut else text


def detailed(sample: Sample, text: str) -> str:
    """With the kind of picture and whose post it is, where the post says that."""
    author = sample.post.author
    end = f", posted by {author}." if author else ", posted by nobody named."
    return text if text.endswith(end) else f"{text.removesuffix('.')}{end}"


def no_colours(_: Sample, text: str) -> str:
    """Without colours, which say nothing to this person; what is quoted stays."""
    parts = _QUOTED.split(text)
    return "".join(part if number % 2 else _colourless(part) for number, part in enumerate(parts))


def _colourless(text: str) -> str:
    """`A red apple` → `An apple`: the article follows the word behind it."""
    if not _COLOUR.search(text):
        return text

    def article(found: re.Match[str]) -> str:
        right = "an" if found[2].lower() in "aeiou" else "a"
        return f"{right.capitalize() if found[1][0].isupper() else right} "

    return _ARTICLE.sub(article, _COLOUR.sub("", text))


def names_first(sample: Sample, text: str) -> str:
    """The name that the post gives stands first."""
    name = sample.facts.name
    if not name or text.startswith(name):
        return text
    rest = text.replace(f"{name}, ", "").replace(name, "").strip()
    return f"{name}: {rest[:1].lower()}{rest[1:]}"


def verbatim(sample: Sample, text: str) -> str:
    """Every line of text in the picture, word by word, at the end."""
    end = f"; text: “{' / '.join(sample.lines)}”." if sample.lines else "."
    return text if text.endswith(end) else f"{text.removesuffix('.')}{end}"


def plain_signs(_: Sample, text: str) -> str:
    """Neither emoji nor signs that no keyboard has: a braille display shows them badly."""
    return "".join(sign for sign in text.translate(_PLAIN) if ord(sign) < 0x2000)


def german_label(sample: Sample, text: str) -> str:
    """The kind of picture in another language in front."""
    label = f"{_KINDS.get(sample.kind, 'Bild')}: "
    return label + text.removeprefix(label)


def no_full_stop(_: Sample, text: str) -> str:
    """No full stop at the end: the screen reader pauses anyway."""
    return text.removesuffix(".")


TASTES: Mapping[str, Taste] = {
    "short": Taste("no quotations, places or details", short),
    "detailed": Taste("who posted it, too", detailed),
    "no colours": Taste("colours say nothing", no_colours),
    "names first": Taste("the name before all else", names_first, lambda sample: bool(sample.facts.name)),
    "verbatim": Taste("all text in the picture at the end", verbatim, lambda sample: bool(sample.lines)),
    "plain signs": Taste("no emoji, no typographic signs", plain_signs, lambda sample: bool(sample.lines)),
    "german label": Taste("the kind of picture in German in front", german_label),
    "no full stop": Taste("no full stop at the end", no_full_stop),
}
