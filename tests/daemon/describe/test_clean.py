"""Cleaning: examples of what models say, and properties that hold for any text."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from altd.describe.clean import ALT_LIMIT, clean, clean_line, clean_read_text, join_lines, shorten

HOSTILE_PIECES = st.sampled_from(
    [
        "image of ",
        "Image of ",
        "images of",
        "an image of a ",
        "https://evil.example/a?b=c",
        "www.evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "evil.com",
        "me@evil.com",
        "<b>",
        "</script>",
        "<",
        ">",
        "&lt;",
        "[click](http://e.vil)",
        "**bold**",
        "`code`",
        "# ",
        "\u202e",
        "\u2066",
        "\u200b",
        "\u200d",
        "\u0000",
        "\x1b[31m",
        "\U000e0041",
        "\n",
        "\r\n",
        "\u2028",
        "\ufeff",
        "\ue000",
        "...",
        ". A",
        "“",
        "”",
        '"',
        "Dr. ",
        " of ",
        "image",
        "alt text: ",
        "- ",
        "1. ",
        "ß",
        "ŉ",
        "e\u0301",
        "́",
    ]
)
texts = st.lists(HOSTILE_PIECES | st.text(max_size=12), max_size=40).map("".join)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("a red boat on the water", "A red boat on the water"),
        ("An image of a red boat.", "A red boat."),
        ("This image shows a red boat. It is small.", "A red boat."),
        ("The photo depicts two dogs", "Two dogs"),
        ("A picture of a picture of a cat", "A cat"),
        ("Alt text: Image of a cat", "A cat"),
        ("a black and white photo of a street", "A black and white photo of a street"),
        ("A collage with an image of a dog", "A collage with a dog"),
        ("**Poster** with `code`", "Poster with code"),
        ("- a list item", "A list item"),
        ("see [the recipe](https://example.org/x) now", "See the recipe now"),
        ("Pizza, www.example.com, on a plate", "Pizza, on a plate"),
        ("Sign says EXAMPLE.COM/page in red", "Sign says in red"),
        ("<img src=x onerror=alert(1)>A cat", "A cat"),
        ("A cat\u202egnp.exe", "A catgnp.exe"),
        ("A\u200bcat\x00 sits\n\non a mat", "Acat sits on a mat"),
        ("Dr. Smith and Mrs. Jones wave. They smile.", "Dr. Smith and Mrs. Jones wave."),
        ('Poster says "Stop. Now." in red. More.', 'Poster says "Stop. Now." in red.'),
        ("Costs 3.50 today", "Costs 3.50 today"),
        ("  , ;", ""),
        ("", ""),
        ("mañana señor", "Mañana señor"),
        ("👩\u200d💻 at a desk", "👩\u200d💻 at a desk"),
        ("کتاب‌ها on a shelf", "کتاب‌ها on a shelf"),
    ],
)
def test_what_models_say(said: str, kept: str) -> None:
    assert clean(said) == kept


def assert_plain(text: str, limit: int) -> None:
    assert len(text) <= limit
    assert text == text.strip()
    assert not re.search(r"image of\b|www\.\w|\bevil\.com\b", text, re.I)
    assert not any(mark in text for mark in ("<", ">", "`", "*", "://", "  "))
    for char in text:
        assert char in "\u200c\u200d" or unicodedata.category(char)[0] != "C"
        assert unicodedata.bidirectional(char) not in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI"}


@given(texts)
@example("image image of of a cat")
@example("www.www.a")
@example("<<b>b>")
def test_whatever_is_said_is_plain_and_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean(text)
    assert_plain(cleaned, ALT_LIMIT)
    assert clean(cleaned) == cleaned


@given(texts, st.integers(60, 1000))
def test_long_texts_are_plain_too(text: str, limit: int) -> None:
    assert_plain(clean(text, limit, one_sentence=False), limit)


@given(st.lists(texts, max_size=6))
def test_read_text_is_plain(lines: list[str]) -> None:
    text = clean_read_text(lines)
    assert not text or text.startswith("Text in image: ")
    assert_plain(text, ALT_LIMIT)


@settings(max_examples=20, deadline=2000)
@given(st.sampled_from('a.<[@&-\u0301 "“'), st.integers(1000, 50_000))
def test_hostile_repetition_takes_no_long_time(char: str, length: int) -> None:
    assert len(clean(char * length)) <= ALT_LIMIT


def test_read_lines_are_joined_as_spoken() -> None:
    assert join_lines(["THE BEST", "DUMPLING:", "", "SAUCE"]) == "THE BEST, DUMPLING: SAUCE"
    assert clean_read_text(["two things", "20 minutes"]) == "Text in image: two things, 20 minutes"
    assert clean_read_text([]) == clean_read_text(["—", "www.example.com"]) == ""


def test_read_text_is_cut_at_a_word() -> None:
    text = clean_read_text(["word"] * 100)
    assert len(text) <= ALT_LIMIT
    assert text.endswith("word…")


@given(st.text(), st.integers(1, 50))
def test_shortening_keeps_the_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= limit


def test_a_read_line_keeps_its_marks() -> None:
    assert clean_line("  a\u202e *b*\t<c>\x00 ") == "a *b* <c>"
