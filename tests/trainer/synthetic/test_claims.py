"""What is claimed of a picture, beside what is left out."""

import pytest

from altd_trainer.synthetic import Facts, Group, claims
from altd_trainer.synthetic.facts import describe

SCENE = Facts("scene", (Group("cat", "black"), Group("dog", "red", 3)), "to the left of", event="Spring Fair")


@pytest.mark.parametrize(
    ("text", "right", "made"),
    [
        (describe(SCENE), 8, 8),
        ("A black cat to the left of three red dogs.", 7, 7),  # an event left out is no claim
        ("A cat to the left of three dogs.", 5, 5),
        ("A cat.", 2, 2),  # nor is an object
        ("A white cat to the left of three red dogs.", 6, 7),
        ("A cat to the right of two dogs.", 3, 5),
        ("A black cat.", 3, 3),
        ("A white cat.", 2, 3),
        ("A black cat and a boat.", 3, 4),  # the boat is invented
        ("A cat to the left of three dogs, at the Harvest Gala.", 5, 6),
        ("“A boat”", 0, 0),
        ("", 0, 0),
    ],
)
def test_claims_are_counted(text: str, right: int, made: int) -> None:
    assert claims(SCENE, text) == (right, made)


def test_a_chart_that_is_only_named_claims_no_shape() -> None:
    poster = Facts("poster", (Group("cake", "white"),), title="Pottery Class", quotes=("Old Mill",))
    assert claims(poster, "Poster “Pottery Class” with a white cake: “Old Mill”.") == (5, 5)
    assert claims(poster, "Poster with a white cake.") == (3, 3)
    assert claims(poster, "Poster “Puttery Class” with a white cake: “Old Mill”.") == (4, 5)
