"""Faults in texts about pictures whose every fact is known, and about others."""

import pytest

from altd.describe.prompt import Context
from altd_trainer.evaluation.items import Item
from altd_trainer.evaluation.truth import UNCHECKED, faults, says_more_than
from altd_trainer.synthetic import Chart, Facts, Group, generate, split_seed

SCENE = Facts(
    "scene", (Group("apple", "red"), Group("cup", "blue", 2)), "to the left of", name="Mara", foreign="Pip"
)
CHART = Facts("chart", title="Sales by month", chart=Chart("line", colour="red", trend="rises"))
POST = Facts("screenshot", author="Ada Chen", quotes=("Night trains feel great.",))


def item(facts: Facts | None, *lines: str) -> Item:
    return Item("i", b"", Context(), "", lines, facts)


def test_the_truth_has_no_faults() -> None:
    for index in range(300):
        sample = generate(split_seed("test"), index)
        drawn = Item(sample.id, b"", sample.post, sample.alt, tuple(sample.lines), sample.facts)
        assert faults(drawn, sample.alt, tuple(sample.lines)) == (), sample.alt


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Mara, a red apple, to the left of two blue cups.", ()),
        ("A red apple.", ()),  # what is left out is not wrong
        ("", ()),
        ("A green apple to the left of two blue cups.", ("colour of apple",)),
        ("A red apple to the left of three blue cups.", ("count of cup",)),
        ("A red apple above two blue cups.", ("relation",)),
        ("Two blue cups to the right of a red apple.", ()),
        ("A red apple and a cat.", ("invented object",)),
        ("Pip, a red apple.", ("name from the post that is not in the picture",)),
        ("A red apple with “FRESH FRUIT”.", ("quotation",)),
    ],
)
def test_a_scene(text: str, wrong: tuple[str, ...]) -> None:
    assert faults(item(SCENE), text, ()) == wrong


@pytest.mark.parametrize(
    ("facts", "text", "wrong"),
    [
        (CHART, "Line chart “Sales by month” with a red line that falls.", ("chart",)),
        (CHART, "Line chart “Sales by month” with a red line that rises.", ()),
        (POST, "Screenshot of a post by Bea Lund: “Night trains feel great.”", ("author",)),
        (POST, "Screenshot of a post by Ada Chen: “Night trains feel greet.”", ()),  # one letter misread
    ],
)
def test_charts_and_posts(facts: Facts, text: str, wrong: tuple[str, ...]) -> None:
    assert faults(item(facts, "Sales by month", *facts.quotes), text, ()) == wrong


def test_what_cannot_be_recognised() -> None:
    unknown = item(Facts("unknown"))
    assert faults(unknown, "A picture that is not recognised.", ()) == ()
    assert faults(unknown, "Text in image: OPEN, daily", ("OPEN", "daily")) == ()
    assert faults(unknown, "A red apple.", ()) == ("describes what cannot be recognised",)


def test_without_known_facts_every_word_beyond_the_read_ones_counts() -> None:
    assert faults(item(None), "A cat on a sofa.", ("OPEN",)) == (UNCHECKED,)
    assert faults(item(None), "“Open daily”", ("OPEN DAILY",)) == ()


def test_a_shortened_text_says_no_more_than_was_read() -> None:
    assert not says_more_than("Text in image: All the news that…", ("All the news", "that fits"))
    assert says_more_than("A sign: “OPEN”", ("OPEN",))
