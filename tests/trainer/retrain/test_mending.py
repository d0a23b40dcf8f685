"""The form of a draft's text, put to a text that is true."""

import pytest

from altd_trainer.retrain.mending import mended

POSTED = {"posted", "by", "nobody", "named", "Szene", ":"}


def everything(_: str) -> bool:
    return True


def test_all_that_holds_is_taken() -> None:
    assert mended("A red cat.", "A black dog", set(), everything) == "A black dog"
    assert mended("A red cat.", "A black dog.", set(), lambda text: "dog" not in text) == "A black cat."
    assert mended("A red cat.", "A red cat.", set(), everything) == "A red cat."
    assert mended("A red cat.", "A dog.", set(), lambda _: False) == "A red cat."


def test_words_that_the_person_adds_are_put_in_together() -> None:
    base, new = "A cat, at the Park Fair.", "A cat, posted by nobody named."
    assert mended(base, new, POSTED, lambda text: text != new) == f"{base[:-1]}, posted by nobody named."
    assert mended(base, new, POSTED, everything) == new


@pytest.mark.parametrize(
    ("base", "new", "beside"),
    [
        ("Gia, a cat.", "Szene: A cat.", "Szene: Gia, a cat."),
        ("A cat.", "Szene: Two dogs.", "Szene: A cat."),
        ("A sign “ON”, in rain.", "A sign “ON”, posted by Ann.", "A sign “ON”, in rain, posted by Ann."),
    ],
)
def test_a_phrase_is_put_beside_what_it_must_not_replace(base: str, new: str, beside: str) -> None:
    assert mended(base, new, POSTED, lambda text: text == beside) == beside
