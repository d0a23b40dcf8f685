"""The form of a draft's text, put to a text that is true."""

import pytest

from altd_trainer.retrain.changes import Form
from altd_trainer.retrain.mending import mended

NOBODYS = Form.read([])
THINGS = ("A boat", "Two cats", "A cup", "One hat")
POSTED = Form.read([(f"{thing}, posted by nobody named.", f"{thing}.") for thing in THINGS])
LABELLED = Form.read([(f"Szene: {thing}.", f"{thing}.") for thing in THINGS])


def everything(_: str) -> bool:
    return True


@pytest.mark.parametrize(
    ("base", "new"),
    [
        ("A red cat.", "A black dog"),
        ("A red cat.", "A red cat."),
        ("A poster “BIKE”.", 'A poster "BIKE RACE".'),
        ("Meme: “OH”.", 'Meme: “OH NO"!'),
        ("A cat", ""),
        ("", "A cat"),
    ],
)
def test_all_that_holds_is_taken(base: str, new: str) -> None:
    assert mended(base, new, NOBODYS, everything) == new
    assert mended(base, new, NOBODYS, lambda _: False) == base


def test_what_does_not_hold_is_left() -> None:
    assert mended("A red cat.", "A black dog.", NOBODYS, lambda text: "dog" not in text) == "A black cat."


def test_words_that_the_person_adds_are_put_in_together() -> None:
    base, new = "A cat, at the Park Fair.", "A cat, posted by nobody named."
    assert mended(base, new, POSTED, lambda text: text != new) == f"{base[:-1]}, posted by nobody named."
    assert mended(base, new, POSTED, everything) == new


@pytest.mark.parametrize(
    ("form", "base", "new", "beside"),
    [
        (LABELLED, "Gia, a cat.", "Szene: A cat.", "Szene: Gia, a cat."),
        (LABELLED, "A cat.", "Szene: Two dogs.", "Szene: A cat."),
        (
            POSTED,
            "A sign “ON”, in rain.",
            "A sign “ON”, posted by Ann.",
            "A sign “ON”, in rain, posted by Ann.",
        ),
        (
            POSTED,
            "A cat to the left of a dog.",
            "A cat, posted by Ann.",
            "A cat to the left of a dog, posted by Ann.",
        ),
    ],
)
def test_a_phrase_is_put_beside_what_it_must_not_replace(
    form: Form, base: str, new: str, beside: str
) -> None:
    assert mended(base, new, form, lambda text: text == beside) == beside


def test_words_that_mend_mistakes_are_no_phrase() -> None:
    mends = [("A cat in rain.", "Two cats in rain."), ("A dog.", "Three dogs.")]
    mends += [
        ("One hat and a cup.", "One hat and two cups."),
        ("One car and a tree.", "One car and two trees."),
    ]
    tried = list[str]()

    def holds(text: str) -> bool:
        tried.append(text)
        return True

    mended("Three orange cars above a red sun.", "A cat above a red sun.", Form.read(mends), holds)
    assert tried
    assert not any("A Three" in text for text in tried)
