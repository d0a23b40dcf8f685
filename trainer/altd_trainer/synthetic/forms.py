"""True texts put in forms of all kinds, so that the bundled model knows what is true in more than one.

A model that has met one kind of quotation mark has learned to copy after that mark alone, and pays for any
other form that a person teaches it with what it knew. Large models have read everything; this one is shown
its own texts with other marks, labels, ends, orders and words, each drawn anew. A mark in the prompt, which
no post and no picture can hold, says that this is wanted, and without it nothing changes. No text is as one
of the people in `benchmarks/people` would write it, though ends without a full stop, a keyboard's signs for
quotation marks and colours behind their things are among the changes.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence

from altd_trainer.synthetic.facts import Facts
from altd_trainer.synthetic.objects import OBJECTS
from altd_trainer.synthetic.sample import Sample
from altd_trainer.synthetic.words import COLOURS, COUNTS

ANY_FORM = "<any form>"
"""Last line of the question; prompts write the angle brackets of posts and pictures in another way."""

Way = Callable[[Sample, str, random.Random], str]

_MOST = 3  # ways at once
_QUOTED = re.compile(r"(“[^”]*”)")
_THINGS = sorted((word for each in OBJECTS.values() for word in (each.name, each.plural)), key=len)
_COLOURED = re.compile(rf"\b({'|'.join(COLOURS)}) ({'|'.join([*reversed(_THINGS), 'bars', 'line'])})\b")
_ARTICLE = re.compile(r"\b(an?) (?=\w)", re.IGNORECASE)
_NUMBER = {"a": "1", "an": "1", **{word: str(number) for number, word in COUNTS.items()}}
_COUNTED = re.compile(rf"\b({'|'.join(_NUMBER)}) (?={'|'.join(COLOURS)})", re.IGNORECASE)
_SHORTER = {"to the left of": "left of", "to the right of": "right of", "above": "over", "below": "under"}
_RELATION = re.compile("|".join(_SHORTER))
_MARKS = ("«»", "„“", "‘’", "''", "**", "[]", "()", "||", "__", "~~", "‹›", "``")
_ENDS = ("!", ";", " –", "…", " (end)", " Ok.", ".)", " |")
_AFTER_LABEL = (": ", " – ", ". ", " | ", " = ")
_LABELS: Mapping[str, Sequence[str]] = {
    "scene": ("Scène", "Escena", "Tafereel", "Näkymä", "Objects"),
    "screenshot": ("Publication", "Publicación", "Bericht", "Julkaisu", "Post"),
    "recipe": ("Recette", "Receta", "Recept", "Resepti", "Cooking"),
    "meme": ("Blague", "Broma", "Grap", "Vitsi", "Joke"),
    "poster": ("Affiche", "Cartel", "Aanplakbiljet", "Juliste", "Notice"),
    "chart": ("Graphique", "Gráfico", "Grafiek", "Kaavio", "Figures"),
    "unknown": ("Inconnu", "Nada", "Onbekend", "Tuntematon", "Unclear"),
}
_ALWAYS = ("Image", "Afbeelding", "Kuva", "Photo", "Alt", "What it shows")
_SYLLABLES = "ba ce di fo gu ka le mi no pu ra se ti vo zu".split()
_BY = (" by {}", " ({})", ", shared by {}", " / {}", " – thanks to {}")
_NOBODY = "somebody"
_BETWEEN = (", ", " | ", " + ", " / ", " ")
_READ = (" Reads {}.", " ({})", " Words in it, {}.", " = {}")


def in_any_form(sample: Sample, text: str, rng: random.Random) -> str:
    """A true text of a picture, with one to three things about its form changed."""
    wanted = rng.randint(1, _MOST)
    for way in rng.sample(WAYS, len(WAYS)):
        changed = way(sample, text, rng)
        wanted -= changed != text
        text = changed
        if not wanted:
            break
    return text


def _outside(change: Callable[[str], str], text: str) -> str:
    """Change what is not quoted."""
    return "".join(part if at % 2 else change(part) for at, part in enumerate(_QUOTED.split(text)))


def marks(_: Sample, text: str, rng: random.Random) -> str:
    """Other quotation marks."""
    pair = rng.choice(_MARKS)
    return text.replace("“", pair[0]).replace("”", pair[1])


def end(_: Sample, text: str, rng: random.Random) -> str:
    """Another sign at the end."""
    return text.removesuffix(".") + rng.choice(_ENDS)


def label(sample: Sample, text: str, rng: random.Random) -> str:
    """A label in front: of the kind of picture, always the same, or a word that there is not."""
    coined = "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))).capitalize()
    first = rng.choice((rng.choice(_LABELS[sample.kind]), rng.choice(_ALWAYS), coined))
    return f"{first}{rng.choice(_AFTER_LABEL)}{rng.choice((text, _uncapital(sample, text)))}"


def author(sample: Sample, text: str, rng: random.Random) -> str:
    """Whose post it is, at the end or in front."""
    name = sample.post.author or _NOBODY
    if rng.random() < 0.3:
        return f"{name}{rng.choice(_AFTER_LABEL)}{text}"
    return text.removesuffix(".") + rng.choice(_BY).format(name) + rng.choice((".", ""))


def lines(sample: Sample, text: str, rng: random.Random) -> str:
    """All that is written in the picture, after the text or before it."""
    if not sample.lines:
        return text
    read = rng.choice(_BETWEEN).join(sample.lines)
    return f"{read} – {text}" if rng.random() < 0.3 else text + rng.choice(_READ).format(read)


def name_behind(sample: Sample, text: str, rng: random.Random) -> str:
    """The name behind what bears it, or at the end."""
    name, bearer = sample.facts.name, _first_phrase(sample.facts)
    before = next((each for each in (bearer, _capital(bearer)) if f"{name}, {each}" in text), "")
    if not (name and before):
        return text
    bare = text.replace(f"{name}, {bearer},", f"{name}, {bearer}").replace(f"{name}, ", "", 1)
    if rng.random() < 0.3:
        return f"{_capital(bare)} {rng.choice(('Name', 'Called', 'It is'))} {name}."
    named = rng.choice((" called {}", " ({})", " named {}", " – {} –")).format(name)
    return _capital(bare.replace(bearer, bearer + named, 1))


def event_first(sample: Sample, text: str, rng: random.Random) -> str:
    """Where it was, in front."""
    event = sample.facts.event
    if not event or f", at the {event}" not in text:
        return text
    rest = text.replace(f", at the {event}", "", 1)
    return rng.choice(
        (f"At the {event}: {_uncapital(sample, rest)}", f"{event} – {rest}", f"{event}. {rest}")
    )


def colours_behind(_: Sample, text: str, rng: random.Random) -> str:
    """The colour behind what has it; the article goes with the word that then follows."""
    pattern = rng.choice((r"\2 in \1", r"\2, \1", r"\2 (\1)"))
    return _outside(lambda part: _articles(_COLOURED.sub(pattern, part)), text)


def no_articles(_: Sample, text: str, __: random.Random) -> str:
    """No articles."""
    return _capital(_outside(lambda part: _ARTICLE.sub("", part), text))


def digits(_: Sample, text: str, __: random.Random) -> str:
    """Numbers as digits."""
    return _outside(lambda part: _COUNTED.sub(lambda found: f"{_NUMBER[found[1].lower()]} ", part), text)


def shorter_relations(_: Sample, text: str, __: random.Random) -> str:
    """Fewer words for where things are."""
    return _outside(lambda part: _RELATION.sub(lambda found: _SHORTER[found[0]], part), text)


def uncapital(sample: Sample, text: str, _: random.Random) -> str:
    """No capital at the beginning, unless a name stands there."""
    return _uncapital(sample, text)


WAYS: Sequence[Way] = (
    marks,
    end,
    label,
    author,
    lines,
    name_behind,
    event_first,
    colours_behind,
    no_articles,
    digits,
    shorter_relations,
    uncapital,
)


def _articles(text: str) -> str:
    def fitting(found: re.Match[str]) -> str:
        article = "an" if text[found.end()].lower() in "aeiou" else "a"
        return f"{article.capitalize() if found[1][0].isupper() else article} "

    return _ARTICLE.sub(fitting, text)


def _first_phrase(facts: Facts) -> str:
    return facts.groups[0].phrase() if facts.groups else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _uncapital(sample: Sample, text: str) -> str:
    name = sample.facts.name
    return text if name and text.startswith(name) else text[:1].lower() + text[1:]
