"""What a person puts instead of the model's words and signs."""

import pytest

from altd_trainer.changes import changes, pieces, usual_signs, with_signs

PLAIN = [
    ('Poster "Bike Race" with a tree.', "Poster “Bike Race” with a tree."),
    ('Meme: "OH NO".', "Meme: “OH NO”."),
    ('A post: "Hello".', "A post: “Hello”."),
]
STOPLESS = [("A cat", "A cat."), ("Two dogs", "Two dogs."), ("A boat on a lake", "A boat on a lake.")]


def test_the_pieces_joined_are_the_text() -> None:
    text = "Poster “Bike Race”: 2 trees, by Ann."
    assert "".join(pieces(text)) == text


def test_signs_at_the_ends_are_changed_apart_from_the_words_between() -> None:
    before, after = pieces("“MONDAY”"), pieces('"SUNDAY 9"')
    assert list(changes(before, after)) == [(0, 1, ('"',)), (1, 2, ("SUNDAY", " ", "9")), (2, 3, ('"',))]


def test_signs_that_always_go_are_found_and_changed_wherever_they_stand() -> None:
    signs = usual_signs(PLAIN)
    assert with_signs("A post: “It is “new”.”", signs) == 'A post: "It is "new"."'
    assert with_signs("A dog.", usual_signs(STOPLESS)) == "A dog"


def test_a_sign_that_mostly_stays_is_left_alone() -> None:
    assert usual_signs([*STOPLESS, ("A dog.", "A cat."), ("Snow.", "Sand.")]) == {}


def test_one_slip_among_many_does_not_matter() -> None:
    texts = [(f"A cat and {number} dogs", f"A cat and {number} dogs.") for number in range(2, 20)]
    assert usual_signs([*texts, ("A kite.", "A bird.")]) == {".": ()}


@pytest.mark.parametrize("pairs", [[], STOPLESS[:2], [("Red", "Blue")] * 3])
def test_neither_two_edits_nor_words_make_a_habit(pairs: list[tuple[str, str]]) -> None:
    assert usual_signs(pairs) == {}
