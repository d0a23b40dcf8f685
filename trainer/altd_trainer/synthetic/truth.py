"""Random facts for each kind of picture."""

import random
from collections.abc import Callable

from altd_trainer.synthetic.canvas import wrap
from altd_trainer.synthetic.facts import RELATIONS, Chart, Facts, Group
from altd_trainer.synthetic.objects import OBJECTS
from altd_trainer.synthetic.words import (
    CHART_BY,
    CHART_TOPICS,
    COLOURS,
    DAYS,
    DISH_FIRST,
    DISH_LAST,
    DISH_MIDDLE,
    EVENTS,
    MEME_BOTTOM,
    MEME_TOP,
    MONTHS,
    NAMES,
    PLACES,
    POST_CLOSE,
    POST_OBJECT,
    POST_OPEN,
    POSTER_TITLES,
    SURNAMES,
    VENUES,
)

TRENDS = ("rises", "falls", "rises and then falls", "falls and then rises")
_BAR_COLOURS = [colour for colour in COLOURS if colour not in ("white", "black")]
_FOOD = [kind for kind, made in OBJECTS.items() if made.group == "food"]


def random_group(rng: random.Random, most: int = 4, kinds: list[str] | None = None) -> Group:
    """Equal objects: any kind (or one of `kinds`), any colour, one to `most` of them, one more often."""
    count = rng.choice([1, 1, *range(1, most + 1)])
    return Group(rng.choice(kinds or list(OBJECTS)), rng.choice(list(COLOURS)), count)


def pseudo_word(rng: random.Random) -> str:
    """A word that no list holds, so that text must be copied and cannot be remembered."""
    syllables = [rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 3))]
    return ("".join(syllables) + rng.choice(["", "n", "r", "s", "l"])).capitalize()


def given_name(rng: random.Random) -> str:
    return pseudo_word(rng) if rng.random() < 0.25 else rng.choice(NAMES)


def event_name(rng: random.Random) -> str:
    place = pseudo_word(rng) if rng.random() < 0.25 else rng.choice(PLACES)
    return f"{place} {rng.choice(EVENTS)}"


def random_title(kind: str, rng: random.Random) -> str:
    """A title for a recipe, chart or poster, now and then with a word of no list."""
    if kind == "recipe":
        middle = pseudo_word(rng) if rng.random() < 0.25 else rng.choice(DISH_MIDDLE)
        return f"{rng.choice(DISH_FIRST)} {middle} {rng.choice(DISH_LAST)}"
    if kind == "chart":
        return f"{rng.choice(CHART_TOPICS)} {rng.choice(CHART_BY)}"
    return f"{pseudo_word(rng)} {rng.choice(EVENTS)}" if rng.random() < 0.4 else rng.choice(POSTER_TITLES)


def random_quotes(kind: str, rng: random.Random) -> tuple[str, ...]:
    """The lines of text of a meme, poster or screenshot, as they are drawn."""
    if kind == "meme":
        return rng.choice(MEME_TOP), rng.choice(MEME_BOTTOM)
    if kind == "poster":
        return f"{rng.choice(DAYS)} {rng.randint(1, 28)} {rng.choice(MONTHS)}", rng.choice(VENUES)
    subject = (
        f"the {pseudo_word(rng)} {rng.choice(EVENTS)}" if rng.random() < 0.4 else rng.choice(POST_OBJECT)
    )
    return tuple(wrap(f"{rng.choice(POST_OPEN)} {subject} {rng.choice(POST_CLOSE)}", 26, 492))


def random_chart(rng: random.Random) -> Chart:
    form = rng.choice(["bar", "line", "pie"])
    if form == "bar":
        parts = rng.randint(3, 6)
        return Chart(form, parts, rng.randrange(parts), rng.choice(_BAR_COLOURS))
    if form == "line":
        return Chart(form, colour=rng.choice(_BAR_COLOURS), trend=rng.choice(TRENDS))
    return Chart(form, rng.randint(2, 5), colour=rng.choice([c for c in _BAR_COLOURS if c != "gray"]))


def _scene(rng: random.Random) -> Facts:
    groups = [random_group(rng)]
    if rng.random() < 0.6:
        second = random_group(rng)
        while second.kind == groups[0].kind:
            second = random_group(rng)
        groups.append(second)
    nameable = groups[0].count == 1 and all(group.count > 1 for group in groups[1:])
    name = given_name(rng) if nameable and rng.random() < 0.6 else ""
    # Said in one way only: what the post names comes first, else what stands left or on top.
    relation = rng.choice(RELATIONS if name else RELATIONS[::2]) if len(groups) == 2 else ""
    event = event_name(rng) if rng.random() < 0.2 else ""
    return Facts("scene", tuple(groups), relation, name, event, foreign=_foreign(rng, name))


def _meme(rng: random.Random) -> Facts:
    group = random_group(rng, 2)
    name = given_name(rng) if group.count == 1 and rng.random() < 0.3 else ""
    return Facts("meme", (group,), name=name, quotes=random_quotes("meme", rng), foreign=_foreign(rng, name))


def _screenshot(rng: random.Random) -> Facts:
    first = pseudo_word(rng) if rng.random() < 0.3 else rng.choice(NAMES)
    author = f"{first} {rng.choice(SURNAMES)}"
    return Facts(
        "screenshot", author=author, quotes=random_quotes("screenshot", rng), foreign=_foreign(rng, first)
    )


def _recipe(rng: random.Random) -> Facts:
    group = random_group(rng, 2, _FOOD)
    return Facts("recipe", (group,), title=random_title("recipe", rng), foreign=_foreign(rng, ""))


def _poster(rng: random.Random) -> Facts:
    group = random_group(rng, 2)
    return Facts("poster", (group,), title=random_title("poster", rng), quotes=random_quotes("poster", rng))


def _chart(rng: random.Random) -> Facts:
    return Facts(
        "chart", title=random_title("chart", rng), chart=random_chart(rng), foreign=_foreign(rng, "")
    )


def _unknown(rng: random.Random) -> Facts:
    return Facts("unknown", foreign=_foreign(rng, ""))


FACTS: dict[str, Callable[[random.Random], Facts]] = {
    "scene": _scene,
    "screenshot": _screenshot,
    "recipe": _recipe,
    "meme": _meme,
    "poster": _poster,
    "chart": _chart,
    "unknown": _unknown,
}


def _foreign(rng: random.Random, name: str) -> str:
    other = given_name(rng) if rng.random() < 0.2 else ""
    return "" if other == name else other
