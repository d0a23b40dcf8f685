"""Quoted passages against the lines that were read; both are the bundled model's on drawn pictures."""

from __future__ import annotations

import pytest

from altd.describe.confidence import Candidate, Thresholds, judge
from altd.describe.quotes import mend_quotes, quotes_match

THRESHOLDS = Thresholds()


def mend(text: str, *lines: str) -> str:
    return mend_quotes(text, lines, THRESHOLDS.mend_quote_match)


@pytest.mark.parametrize(
    ("text", "lines", "match"),
    [
        ("No quotes", [], True),
        ("Says “Peach Mochi”", ["Soft & Chewy", "PEACH MOCHI"], True),
        ("Says “Peach Mochl”", ["PEACH MOCHI"], True),
        ("Says «the best dumpling»", ["THE BEST", "DUMPLING"], True),
        ("Says “apple pie”", ["PEACH MOCHI"], False),
        ("Says “Sale” and “Now”", ["SALE"], False),
        ("Says “Sale”", [], False),
        ("Says “!!”", [], True),
        ('Says "Sale", "Now"', ["sale now"], True),
    ],
)
def test_quotations_are_looked_up(text: str, lines: list[str], match: bool) -> None:
    assert quotes_match(text, lines, THRESHOLDS.min_quote_match) is match


@pytest.mark.parametrize(
    ("text", "lines", "mended"),
    [
        (
            "Recipe pin “Creamy Apple Tart” with two red apples.",
            ["Creamy Berry Tart"],
            "Recipe pin “Creamy Berry Tart” with two red apples.",
        ),
        (
            "Recipe pin “Crispy Tomato Bowl” with a green pepper.",
            ["Crispy Walnut", "Bowl"],
            "Recipe pin “Crispy Walnut Bowl” with a green pepper.",
        ),
        (
            "Screenshot of a post by Enzo Yilmaz: “So proud of the Dasa Gala It was worth it.”",
            [
                "Enzo Yllmaz",
                "@enzoyilmaz",
                "So proud of the Dasa Picnic It was worth",
                "it.",
                "8:26 PM June 21",
            ],
            "Screenshot of a post by Enzo Yilmaz: “So proud of the Dasa Picnic It was worth it.”",
        ),
        (
            "Meme with a green sun: “WHEN THE ALARM RINGS” and “NOW I AM ALIVE”.",
            ["WHEN THE ALARM RINGS", "NOW I AM AWAKE"],
            "Meme with a green sun: “WHEN THE ALARM RINGS” and “NOW I AM AWAKE”.",
        ),
    ],
)
def test_a_misquoted_passage_is_replaced_by_what_was_read(text: str, lines: list[str], mended: str) -> None:
    assert mend(text, *lines) == mended
    assert judge(Candidate(mended, 0.0), lines, THRESHOLDS).confidence == "high"


def test_a_letter_that_the_reader_may_have_wrong_stays_as_it_was_said() -> None:
    text = "Bar chart “Books read this week” with five blue bars."
    assert mend(text, "Books read thls week", "Mon", "Tue") == text
    assert mend(text) == text


def test_another_text_is_neither_replaced_nor_believed() -> None:
    text, lines = "Line chart “Rain time by team” with a red line that rises.", ["Repalrs by team", "Mon"]
    assert mend(text, *lines) == text
    assert judge(Candidate(text, 0.0), lines, THRESHOLDS).confidence == "low"


def test_a_part_of_a_line_is_a_quotation_too() -> None:
    text = "A post that says “the old library”."
    assert mend(text, "Thank you all for the old library") == text


def test_marks_in_the_read_lines_do_not_end_the_quotation() -> None:
    assert (
        mend("Poster “Night Kitchen” with a cat.", "„Night” Kittens \u202e")
        == "Poster “Night Kittens” with a cat."
    )
