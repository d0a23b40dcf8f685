"""The simulated people: their tastes on drawn pictures, and their habits against a stand-in for nobody."""

from collections import Counter
from itertools import islice

import pytest
from people import CAREFUL, CARELESS, TASTES, USUAL, Person, is_true, pictures
from people.person import describe, jpeg

from altd.cli._client import need_client
from altd.paths import Paths
from daemon_process import Daemon

SAMPLES = [sample for sample in islice(pictures(70_000), 80) if sample.kind != "unknown"]


@pytest.mark.parametrize("name", TASTES)
def test_a_wish_is_fulfilled_once(name: str) -> None:
    taste = TASTES[name]
    seen = [sample for sample in SAMPLES if taste.looks_at(sample)]
    wished = [taste.wish(sample, sample.alt) for sample in seen]
    assert [taste.wish(*each) for each in zip(seen, wished, strict=True)] == wished
    changed = sum(text != sample.alt for text, sample in zip(wished, seen, strict=True))
    assert changed > len(seen) / 4  # there is something to learn


def test_there_are_eight() -> None:
    assert len(TASTES) == 8
    assert len({taste.about for taste in TASTES.values()}) == 8


@pytest.mark.parametrize("name", ["no colours", "german label", "no full stop", "detailed", "verbatim"])
def test_what_is_wished_is_true(name: str) -> None:
    taste = TASTES[name]
    for sample in SAMPLES:
        if taste.looks_at(sample):
            assert is_true(sample, taste.wish(sample, sample.alt)), taste.wish(sample, sample.alt)


def test_the_tastes_say_what_they_mean() -> None:
    named = next(sample for sample in SAMPLES if sample.facts.name and sample.kind == "scene")
    assert TASTES["names first"].wish(named, named.alt).startswith(named.facts.name)
    other = next(sample for sample in SAMPLES if sample.kind == "poster")
    assert TASTES["german label"].wish(other, other.alt).startswith("Plakat: Poster “")
    assert TASTES["plain signs"].wish(other, other.alt).isascii()
    assert TASTES["no colours"].wish(other, "A red apple and an orange cup: “red hat”.") == (
        "An apple and a cup: “red hat”."
    )


def test_a_wrong_colour_is_wrong_and_none_is_not() -> None:
    sample = next(each for each in SAMPLES if each.kind == "scene" and len(each.facts.groups) == 1)
    assert is_true(sample, sample.alt)
    assert is_true(sample, TASTES["no colours"].wish(sample, sample.alt))
    wrong = "blue" if sample.facts.groups[0].colour != "blue" else "red"
    assert not is_true(sample, sample.alt.replace(sample.facts.groups[0].colour, wrong))


def test_people_click_over_http_and_some_clicks_are_wrong(daemon: Daemon) -> None:
    client = need_client(Paths.under(daemon.home))
    before = Counter(daemon.ask("GET", "/v1/status").body["feedback"])
    people = [Person(client, TASTES["no full stop"], habits, seed=3) for habits in (CAREFUL, USUAL, CARELESS)]
    for person, first in zip(people, (70_000, 70_100, 70_200), strict=True):
        person.click_through(pictures(first), 8)
    given = Counter(daemon.ask("GET", "/v1/status").body["feedback"]) - before
    assert given == people[0].clicks + people[1].clicks + people[2].clicks
    assert people[0].wrong == 0 < people[2].wrong
    sample = next(pictures(70_000))
    assert describe(client, sample)["state"] in ("done", "no_description")
    assert jpeg(sample)[:2] == b"\xff\xd8"


def test_a_taste_drifts(daemon: Daemon) -> None:
    client = need_client(Paths.under(daemon.home))
    habits = type(USUAL)(0, 0, 0, 0, drift=0.5)
    person = Person(client, TASTES["no full stop"], habits, later=TASTES["german label"], seed=1)
    person.click_through(pictures(70_300), 6)
    assert person.taste is TASTES["german label"]
