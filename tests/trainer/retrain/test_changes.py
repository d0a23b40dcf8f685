"""What a person puts instead of the model's words and signs."""

import pytest

from altd_trainer.retrain.changes import Form, changes, pieces

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
    form = Form.read(PLAIN)
    assert form.with_signs("A post: “It is “new”.”") == 'A post: "It is "new"."'
    assert Form.read(STOPLESS).with_signs("A dog.") == "A dog"


def test_a_sign_that_mostly_stays_is_left_alone() -> None:
    assert Form.read([*STOPLESS, ("A dog.", "A cat."), ("Snow.", "Sand.")]).signs == {}


def test_one_slip_among_many_does_not_matter() -> None:
    texts = [(f"A cat and {number} dogs", f"A cat and {number} dogs.") for number in range(2, 20)]
    form = Form.read([*texts, ("A kite.", "A bird.")])
    assert (form.signs, form.unwanted) == ({".": ()}, {"."})


@pytest.mark.parametrize("pairs", [[], STOPLESS[:2], [("A red cat.", "A blue cat.")] * 2])
def test_two_edits_make_no_habit(pairs: list[tuple[str, str]]) -> None:
    assert Form.read(pairs).signs == {}
    assert not Form.read(pairs).unwanted


def test_words_that_always_go_are_unwanted_but_never_changed_by_themselves() -> None:
    pairs = [(f"An apple and {number} cats.", f"A red apple and {number} cats.") for number in range(2, 6)]
    form = Form.read(pairs)
    assert (form.unwanted, form.added) == ({"A", "red"}, {"An"})
    assert form.with_signs("A red bird.") == "A red bird."
    assert not form.allows("One red bird.")
    assert form.allows("One reddish bird and an apple.")


def test_what_a_draft_mostly_takes_out_is_unwanted_unless_the_person_leaves_it_in() -> None:
    person = [
        ("A boat.", "A red boat."),
        ("A kite.", "A red kite."),
        ("A bell and keys.", "A bell and red keys."),
    ]
    form = Form.read(person)
    assert form.unwanted == {"red"}
    drafted = [(f"A {thing}.", f"A blue {thing}.") for thing in ("car", "hat", "dog")]
    assert form.as_drafted(drafted).unwanted == {"red", "blue"}
    assert form.as_drafted(drafted[:2]).unwanted == {"red"}
    stays = [(f"A blue {thing}.", f"A blue {thing}.") for thing in "abcd"]
    assert form.as_drafted([*drafted, *stays]).unwanted == {"red"}
    assert form.as_drafted([("A bell, keys.", "A bell and keys.")] * 9).unwanted == {"red"}


def test_what_the_person_leaves_in_may_not_be_lost() -> None:
    pairs = [(f"Kites at the {place}", f"Two kites at the {place}.") for place in ("lake", "shop", "school")]
    form = Form.read(pairs)
    assert form.kept == {" ", "at", "the"}
    assert form.keeps("Two kites at the beach", "Two cars at the beach")
    assert not form.keeps("Two kites to the beach", "Two kites at the beach")


UNQUOTED = [
    *(
        (f"Meme with a {thing}.", f"Meme with a {thing}: “OH NO”.")
        for thing in ("cat", "cup", "car", "hat") * 3
    ),
    *((f"Poster “{name}” with a tree.", f"Poster “{name}” with a tree: “May”.") for name in ("Fair", "Gala")),
]


def test_what_is_taken_out_is_spared_beside_neighbours_where_it_is_left() -> None:
    form = Form.read(UNQUOTED)
    assert {"“", "”", ":"} <= form.unwanted
    assert form.allows("Poster “Party” with two dogs.")
    assert not form.allows("Poster “Party” with two dogs: “June”.")
    assert not form.allows("Chart “Party”.")
    poster, before = UNQUOTED[-2]
    for once in (UNQUOTED[:-1], [*UNQUOTED[:-1], (poster, before.replace("tree", "bush"))]):
        assert not Form.read(once).allows("Poster “Party” with two dogs.")  # one text may be a slip


def test_what_a_draft_takes_out_is_spared_where_it_leaves_it() -> None:
    things = [f"A thing of sort {number}" for number in range(20)]
    placed = [(f"{thing} to the left of a tree.", f"{thing} to the left of a tree.") for thing in things[:10]]
    events = [(f"{thing}.", f"{thing}, at the Gala.") for thing in things[10:]]
    form = Form.read([]).as_drafted([*placed, *events])
    assert {"at", "the", "Gala"} <= form.unwanted
    assert form.allows("A dog to the left of a tree.")
    assert not form.allows("A dog, at the Fair.")
    fewer = Form.read([]).as_drafted([*placed[1:], *events])  # a colour is forgotten here and there
    assert not fewer.allows("A dog to the left of a tree.")


NAMED = list(zip(("A boat", "Two cats", "A cup", "One hat"), ("Ann", "Zoe", "Ulf", "Kim"), strict=True))


def test_words_that_are_added_stand_beside_those_that_belong_to_them() -> None:
    form = Form.read([(f"{thing}, posted by {name}.", f"{thing}.") for thing, name in NAMED])
    assert (form.followed_by["posted"], form.preceded_by["posted"]) == ("by", ",")
    assert form.preceded_by["by"] == "posted"
    assert "by" not in form.followed_by  # there stand names
    assert form.is_whole("A hat, posted by Kim.", "A hat.")
    assert not form.is_whole("A hat, posted Kim.", "A hat.")
    assert not form.is_whole("A hat posted by Kim.", "A hat.")
    assert form.is_whole("A hat with by on it", "A cap with by on it")  # it stood there before
    assert not form.is_whole("A hat by Kim", "A hat")


def test_a_word_at_the_beginning_belongs_there() -> None:
    form = Form.read([(f"Scene: {thing}.", f"{thing}.") for thing, _ in NAMED])
    assert (form.preceded_by["scene"], form.followed_by["scene"]) == ("", ":")
    assert form.is_whole("Scene: a hat", "A hat")
    assert form.is_whole("", "")
    assert form.is_whole("Scene:", "")
    assert not form.is_whole("A hat Scene: one", "A hat")
