"""Worse texts for a picture: rejected ones with wrong facts, and the noisy ones that people write."""

import random
from collections.abc import Callable
from dataclasses import replace

from altd_trainer.synthetic.canvas import pick_other
from altd_trainer.synthetic.facts import RELATIONS, Facts, Group, describe
from altd_trainer.synthetic.objects import OBJECTS
from altd_trainer.synthetic.truth import (
    TRENDS,
    given_name,
    random_chart,
    random_group,
    random_quotes,
    random_title,
)
from altd_trainer.synthetic.words import COLOURS, SURNAMES

Mutation = Callable[[Facts, random.Random], Facts | None]


def rejected_texts(facts: Facts, rng: random.Random, wanted: int = 3) -> list[str]:
    """Up to `wanted` texts in the style of the true one, each with one wrong fact or a misused post."""
    truth = describe(facts)
    texts: list[str] = []
    for mutation in rng.sample(_MUTATIONS, len(_MUTATIONS)):
        wrong = mutation(facts, rng)
        text = describe(wrong) if wrong is not None else truth
        if text != truth and text not in texts:
            texts.append(text)
        if len(texts) == wanted:
            break
    return texts


def noisy_texts(facts: Facts, rng: random.Random) -> list[str]:
    """What people really put there: a file name, a feeling, half the truth, something not there."""
    half = replace(facts, groups=facts.groups[:1], relation="", name="", event="", quotes=facts.quotes)
    extra = random_group(rng, 2)
    return [
        rng.choice(["IMG_{}.jpg", "DSC0{}.JPG", "Screenshot {}.png", "photo-{}"]).format(
            rng.randint(1000, 9999)
        ),
        rng.choice(
            ["So cute!!", "Love this so much", "Hilarious.", "Wow.", "My favourite ever!", "Best day."]
        ),
        _half(half),
        f"{describe(facts).rstrip('.')} and {extra.phrase()}.",
    ]


def _half(facts: Facts) -> str:
    if facts.groups:
        return f"A {OBJECTS[facts.groups[0].kind].name}."
    return {"screenshot": "A tweet.", "chart": "A chart.", "unknown": "Picture."}[facts.kind]


def _regroup(change: Callable[[Group, random.Random], Group]) -> Mutation:
    def mutate(facts: Facts, rng: random.Random) -> Facts | None:
        if not facts.groups:
            return None
        index = rng.randrange(len(facts.groups))
        groups = list(facts.groups)
        groups[index] = change(groups[index], rng)
        if len({group.kind for group in groups}) < len(groups):
            return None
        return replace(facts, groups=tuple(groups), name=facts.name if groups[0].count == 1 else "")

    return mutate


def _kind(group: Group, rng: random.Random) -> Group:
    return replace(group, kind=pick_other(rng, list(OBJECTS), group.kind))


def _colour(group: Group, rng: random.Random) -> Group:
    return replace(group, colour=pick_other(rng, list(COLOURS), group.colour))


def _count(group: Group, rng: random.Random) -> Group:
    return replace(group, count=rng.choice([n for n in range(1, 5) if n != group.count]))


def _relation(facts: Facts, rng: random.Random) -> Facts | None:
    return replace(facts, relation=pick_other(rng, RELATIONS, facts.relation)) if facts.relation else None


def _name(facts: Facts, rng: random.Random) -> Facts | None:
    if facts.kind not in ("scene", "meme") or facts.groups[0].count > 1:
        return None
    if facts.name:
        return replace(facts, name=facts.foreign or rng.choice(["", given_name(rng)]))
    return replace(facts, name=facts.foreign) if facts.foreign else None


def _event(facts: Facts, rng: random.Random) -> Facts | None:
    return replace(facts, event="") if facts.event else None


def _title(facts: Facts, rng: random.Random) -> Facts | None:
    return replace(facts, title=random_title(facts.kind, rng)) if facts.title else None


def _quotes(facts: Facts, rng: random.Random) -> Facts | None:
    return replace(facts, quotes=random_quotes(facts.kind, rng)) if facts.quotes else None


def _author(facts: Facts, rng: random.Random) -> Facts | None:
    return replace(facts, author=f"{given_name(rng)} {rng.choice(SURNAMES)}") if facts.author else None


def _extra(facts: Facts, rng: random.Random) -> Facts | None:
    if facts.kind != "scene" or len(facts.groups) > 1:
        return None
    extra = random_group(rng)
    if extra.kind == facts.groups[0].kind:
        return None
    return replace(facts, groups=(*facts.groups, extra), relation=rng.choice(RELATIONS))


def _chart(facts: Facts, rng: random.Random) -> Facts | None:
    chart = facts.chart
    if chart is None:
        return None
    if chart.form == "line" and rng.random() < 0.6:
        return replace(facts, chart=replace(chart, trend=pick_other(rng, TRENDS, chart.trend)))
    if chart.form == "bar" and rng.random() < 0.6:
        largest = rng.choice([index for index in range(chart.parts) if index != chart.largest])
        return replace(facts, chart=replace(chart, largest=largest))
    return replace(facts, chart=random_chart(rng))


def _seen(facts: Facts, rng: random.Random) -> Facts | None:
    return Facts("scene", (random_group(rng),)) if facts.kind == "unknown" else None


_MUTATIONS: list[Mutation] = [
    _regroup(_kind),
    _regroup(_colour),
    _regroup(_count),
    _relation,
    _name,
    _event,
    _title,
    _quotes,
    _author,
    _extra,
    _chart,
    _seen,
]
