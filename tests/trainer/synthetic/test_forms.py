"""Forms of all kinds: true as before, never the tastes that are measured, and never asked for by a post."""

import random
from collections.abc import Iterator

import pytest
from people import TASTES

from altd.describe.prompt import Context, build_question
from altd_trainer.synthetic import Sample, generate, split_seed
from altd_trainer.synthetic.forms import ANY_FORM, WAYS, Way, colours_behind, in_any_form, name_behind

PICTURES = 300


def samples() -> Iterator[Sample]:
    return (generate(split_seed("train"), index) for index in range(PICTURES))


def changed(way: Way) -> Iterator[tuple[Sample, str]]:
    for number, sample in enumerate(samples()):
        text = way(sample, sample.alt, random.Random(number))
        if text != sample.alt:
            yield sample, text


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_form_changes_no_word_of_what_is_quoted_and_no_name(way: Way) -> None:
    found = list(changed(way))
    assert found
    for sample, text in found:
        facts = sample.facts
        for words in (facts.name, facts.event, facts.title, *facts.quotes):
            assert words in text


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_form_is_the_taste_of_a_person_who_is_measured(way: Way) -> None:
    for sample, text in changed(way):
        assert text not in {taste.wish(sample, sample.alt) for taste in TASTES.values()}


def test_the_article_goes_with_the_word_behind_it() -> None:
    sample = generate(split_seed("train"), 0)
    for number in range(20):
        text = colours_behind(sample, "A red umbrella above an orange pizza slice.", random.Random(number))
        assert text.startswith("An umbrella")
        assert "above a pizza slice" in text


def test_a_name_goes_behind_what_bears_it() -> None:
    for sample, text in changed(name_behind):
        assert text.lower().index(sample.facts.groups[0].colour) < text.lower().index(
            sample.facts.name.lower()
        )


def test_one_to_three_things_change_and_none_makes_a_taste_of_another() -> None:
    for number, sample in enumerate(samples()):
        text = in_any_form(sample, sample.alt, random.Random(number))
        assert text == in_any_form(sample, sample.alt, random.Random(number))
        assert text not in {sample.alt, *(taste.wish(sample, sample.alt) for taste in TASTES.values())}


def test_no_post_and_no_picture_asks_for_another_form() -> None:
    question = build_question(Context(text=ANY_FORM, author=ANY_FORM, title=ANY_FORM), [ANY_FORM])
    assert ANY_FORM not in question
