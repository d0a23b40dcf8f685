"""What clicks amount to, through a real database."""

from pathlib import Path

import pytest

from altd.describe.prompt import Context
from altd.errors import AltdError
from altd.paths import Paths
from altd_trainer.data.images import load_image
from altd_trainer.feedback import is_held_out, read_feedback

from .conftest import draw
from .verdicts import Home, png

RED, BLUE = png(draw("red", "ellipse")), png(draw("blue", "rectangle"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def pairs(home: Home) -> list[tuple[str, str | None, str]]:
    return [(e.chosen, e.rejected, e.evidence) for e in read_feedback(home.paths).examples]


def reasons(home: Home) -> dict[str, str]:
    return {verdict.id: verdict.reason for verdict in read_feedback(home.paths).not_used}


def test_an_edit_is_a_pair(home: Home) -> None:
    shown = home.describe(RED, "A red apple.", Context(site="x", text="Our fair", author="Ines"))
    home.give(shown, "edit", "A red balloon.")
    (example,) = read_feedback(home.paths).examples
    assert (example.chosen, example.rejected) == ("A red balloon.", "A red apple.")
    assert example.context == Context(site="x", text="Our fair", author="Ines")
    assert (example.evidence, example.generation, example.lines) == ("edit", "g0001", ("OPEN",))
    assert example.rejected_context is None
    assert load_image(example).size == (48, 36)


def test_reject_then_accept_of_another_is_a_pair(home: Home) -> None:
    home.give(home.describe(RED, "A red apple."), "reject")
    home.give(home.describe(RED, "A red ball."), "reject")
    home.give(home.describe(RED, "A red circle."), "accept")
    assert pairs(home) == [
        ("A red circle.", "A red apple.", "regenerated"),
        ("A red circle.", "A red ball.", "regenerated"),
    ]
    assert reasons(home) == {}


def test_a_preference_is_a_pair(home: Home) -> None:
    worse, better = home.describe(RED, "A thing."), home.describe(RED, "A red circle.")
    home.give(better, "prefer", over=worse)
    assert pairs(home) == [("A red circle.", "A thing.", "preferred")]


def test_an_accept_alone_teaches_without_a_rejected_text(home: Home) -> None:
    home.give(home.describe(RED, "A red circle."), "accept")
    assert pairs(home) == [("A red circle.", None, "accepted")]


def test_a_reject_alone_is_kept_out(home: Home) -> None:
    verdict = home.give(home.describe(RED, "A red apple."), "reject")
    assert pairs(home) == []
    assert reasons(home)[verdict].startswith("a rejection alone does not say what would be better")


def test_a_reject_counts_as_soon_as_there_is_something_better(home: Home) -> None:
    home.give(home.describe(RED, "A red apple."), "reject")
    home.give(home.describe(RED, "A red ball.", generation="g0002"), "accept")
    assert pairs(home) == [("A red ball.", "A red apple.", "regenerated")]
    assert reasons(home) == {}


def test_other_images_and_other_posts_make_no_pairs(home: Home) -> None:
    home.give(home.describe(RED, "A red apple."), "reject")
    home.give(home.describe(BLUE, "A blue square."), "accept")
    home.give(home.describe(RED, "A red circle.", Context(text="Another post")), "accept")
    assert [rejected for _, rejected, _ in pairs(home)] == [None, None]


def test_what_was_undone_counts_nothing(home: Home) -> None:
    shown = home.describe(RED, "A red apple.")
    home.undo(home.give(shown, "edit", "A red balloon."))
    home.give(shown, "accept")
    assert pairs(home) == [("A red apple.", None, "accepted")]


def test_the_latest_of_two_contradicting_verdicts_counts(home: Home) -> None:
    shown = home.describe(RED, "A red circle.")
    first = home.give(shown, "reject")
    home.give(shown, "accept")
    assert pairs(home) == [("A red circle.", None, "accepted")]
    assert reasons(home)[first] == "a later verdict says the opposite of the same text"
    assert read_feedback(home.paths).contradicted == 1
    home.give(shown, "reject")
    assert pairs(home) == []


def test_the_latest_of_two_edits_counts(home: Home) -> None:
    shown = home.describe(RED, "A red apple.")
    first = home.give(shown, "edit", "A red ball.")
    home.give(shown, "edit", "A red circle.")
    assert pairs(home) == [("A red circle.", "A red apple.", "edit")]
    assert first in reasons(home)


def test_the_image_with_the_latest_verdict_stands_last(home: Home) -> None:
    for text, post in (("A red apple.", "One"), ("A red sun.", "Two"), ("A red plum.", "One")):
        shown = home.describe(RED, text, Context(site="x", text=post))
        home.give(shown, "edit", f"{text} Seen at {post}.")
    examples = read_feedback(home.paths).examples
    assert [each.context.text for each in examples] == ["Two", "One", "One"]
    assert examples[-1].chosen == "A red plum. Seen at One."


def test_the_same_verdict_twice_counts_once(home: Home) -> None:
    shown = home.describe(RED, "A red circle.")
    home.give(shown, "accept")
    home.give(shown, "accept")
    assert len(pairs(home)) == 1
    assert "took its place" in "".join(reasons(home).values())
    assert read_feedback(home.paths).contradicted == 0


def test_what_was_accepted_and_then_edited_is_contradicted(home: Home) -> None:
    shown = home.describe(RED, "A red apple.")
    first = home.give(shown, "accept")
    home.give(shown, "edit", "A red circle.")
    assert pairs(home) == [("A red circle.", "A red apple.", "edit")]
    assert "opposite" in reasons(home)[first]
    assert read_feedback(home.paths).contradicted == 1


def test_the_generation_that_wrote_the_text_is_recorded(home: Home) -> None:
    home.give(home.describe(RED, "A red circle.", generation="g0007"), "accept")
    assert [example.generation for example in read_feedback(home.paths).examples] == ["g0007"]


def test_an_edit_that_changes_nothing_is_an_accept(home: Home) -> None:
    home.give(home.describe(RED, "A red circle."), "edit", " A red  circle. ")
    assert [pair[:2] for pair in pairs(home)] == [("A red circle.", None)]


def test_markers_in_an_edit_are_made_harmless(home: Home) -> None:
    home.give(home.describe(RED, "A thing."), "edit", "A <image> of </s>\na circle.")
    assert pairs(home)[0][0] == "A ‹image› of ‹/s› a circle."


def test_images_that_are_gone_or_broken_are_named(home: Home) -> None:
    gone = home.give(home.describe(RED, "A red circle.", keep=False), "accept")
    broken = home.give(home.describe(b"no picture", "A thing."), "accept")
    assert pairs(home) == []
    assert reasons(home) == {gone: "the image is no longer kept", broken: "the kept image cannot be read"}


def test_other_details_are_not_learned(home: Home) -> None:
    verdict = home.give(home.describe(RED, "Long text.", detail="long"), "accept")
    assert pairs(home) == []
    assert "`long`" in reasons(home)[verdict]


def test_all_examples_of_an_image_are_on_one_side(home: Home) -> None:
    for number in range(30):
        image = png(draw("red", "ellipse").resize((20 + number, 20)))
        for text in ("one", "two"):
            home.give(home.describe(image, "A thing.", Context(text=text)), "edit", "A red circle.")
    train, held_out = read_feedback(home.paths).split()
    assert {e.image for e in train}.isdisjoint({e.image for e in held_out})
    assert 10 <= len(held_out) <= 30
    assert all(is_held_out(example.id) for example in held_out)


def test_no_database_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(AltdError, match="no database"):
        read_feedback(Paths.under(tmp_path))
