"""Where a person takes the words from that they put in."""

import pytest

from altd.describe.prompt import Context
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.retrain.sources import put_in, usual_joint, usual_source

POST = Context(text="Meet Zoe, Ulf and Kim", author="Ann Lee")


def edit(chosen: str, rejected: str | None, lines: tuple[str, ...] = ()) -> PreferenceExample:
    return PreferenceExample("p", b"", POST, chosen, rejected, lines)


def test_a_word_that_is_moved_is_put_in_and_one_in_other_letters_is_not() -> None:
    assert put_in("Meme with Zoe, a cup.", "Zoe: meme with a cup.") == {"zoe"}
    assert put_in("A cat", "A cat.") == set()
    assert put_in("Two dogs.", "Three dogs, by Ann.") == {"three", "by", "ann"}


@pytest.mark.parametrize(
    ("pairs", "source"),
    [
        ([edit(f"{name}: a cup.", "A cup.") for name in ("Zoe", "Ulf", "Kim")], "post"),
        ([edit(f"A {thing}, by Ann Lee.", f"A {thing}.") for thing in ("cup", "cat")], "author"),
        ([edit("A cup: OPEN all DAY.", "A cup.", ("OPEN", "all DAY"))], "lines"),
        ([edit("Scene: a cup.", "A cup."), edit("Scene: a cat.", "A dog.")], ""),
        ([edit("Zoe: a cup.", "A cup."), edit("Ulf: a cup.", "A cup.")], ""),
        ([edit("Zoe: a cup.", None)] * 3, ""),
        ([], ""),
    ],
)
def test_the_source_is_where_most_of_them_stand(pairs: list[PreferenceExample], source: str) -> None:
    assert usual_source(pairs, {"by"}) == source


def test_words_that_mend_mistakes_have_no_source() -> None:
    mended = [edit(f"A {right}.", "A thing.") for right in ("cat", "car", "cup", "bus")]
    named = [edit(f"{name}: a cup.", "A cup.") for name in ("Zoe", "Ulf", "Kim")]
    assert usual_source([*named, *mended], set()) == ""
    assert usual_source([*named, *mended[:3]], set()) == "post"


def test_a_word_that_is_always_put_in_needs_no_source() -> None:
    pairs = [edit(f"Zoe {word}: a cup.", "A cup.") for word in ("one", "two", "three")]
    assert usual_source(pairs, set()) == "post"
    assert usual_source(pairs, {"Zoe"}) == ""


@pytest.mark.parametrize(
    ("copies", "joint"),
    [
        (["A / B C / D", "A / B C / D"], " / "),
        (["A; B C; D", "A; B C; D", "no text"], "; "),
        (["A / B C / D"] * 2 + ["no text"] * 2, " / "),
        (["A / B C / D"] * 2 + ["A; B C. D", "A. B C; D", "A, B C, D"], None),  # now so and now otherwise
        (["A | B C | D"] * 3, None),  # no text is served with that sign
        (["A / B C / D"], None),  # too few
        (["A B C D"] * 3, None),  # only lines that were broken
        (["A / B.C / D"] * 3, None),  # read otherwise than it was written
        ([], None),
    ],
)
def test_the_joint_is_what_mostly_stands_between_two_lines(copies: list[str], joint: str | None) -> None:
    assert usual_joint([edit(f"A cup: {copy}.", "A cup.", ("A", "B C", "D")) for copy in copies]) == joint
    assert usual_joint([edit(f"A cup: {copy}.", None, ("A", "B C", "D")) for copy in copies]) is None
