"""Counts of facts on texts whose faults were put there by hand."""

import pytest

from altd_trainer.metrics.facts import Counts, invented, right, use_of_post
from altd_trainer.synthetic import Facts, Group

SCENE = Facts("scene", (Group("cat", "red"), Group("apple", "green", 3)), "above", "Mara", "Park Fair")
PLAIN = Facts("scene", (Group("dog", "black", 2),), foreign="Otto")
SCREEN = Facts("screenshot", author="Otto Lund", quotes=("Good", "morning"))


def pairs(counts: Counts) -> list[tuple[int, int]]:
    return list(zip(counts.part.tolist(), counts.whole.tolist(), strict=True))


def test_right_facts_by_sort() -> None:
    found = right(
        [SCENE, SCENE, PLAIN],
        [
            "Mara, a red cat, above three green apples, at the Park Fair.",
            "A red cat below two green apples.",  # relation, count, name and event are wrong or missing
            "Three black dogs.",
        ],
    )
    assert {sort: pairs(counts) for sort, counts in found.items()} == {
        "facts": [(9, 9), (5, 9), (2, 3)],
        "facts/object": [(2, 2), (2, 2), (1, 1)],
        "facts/colour": [(2, 2), (2, 2), (1, 1)],
        "facts/count": [(2, 2), (1, 2), (0, 1)],
        "facts/relation": [(1, 1), (0, 1), (0, 0)],
        "facts/name": [(1, 1), (0, 1), (0, 0)],
        "facts/event": [(1, 1), (0, 1), (0, 0)],
    }


def test_saying_nothing_gets_nothing_right() -> None:
    assert pairs(right([PLAIN], [""])["facts"]) == [(0, 3)]


def test_invented_objects_and_texts() -> None:
    texts = ["A red cat and a dog and a dog.", "Two black dogs.", "A car and a cat.", ""]
    found = invented([SCENE, PLAIN, PLAIN, PLAIN], texts)
    assert pairs(found["invented_objects"]) == [(1, 2), (0, 1), (2, 2), (0, 0)]
    assert pairs(found["invented_texts"]) == [(1, 1), (0, 1), (1, 1), (0, 1)]


@pytest.mark.parametrize(
    ("facts", "text", "post", "expected"),
    [
        # its own post: name and event belong
        (SCENE, "Mara, a red cat, at the Park Fair.", SCENE, {"name_used": (1, 1), "event_used": (1, 1)}),
        (SCENE, "A red cat.", SCENE, {"name_used": (0, 1), "event_used": (0, 1)}),
        # its own post names somebody who is not shown
        (PLAIN, "Otto, two black dogs.", PLAIN, {"foreign_name_used": (1, 1)}),
        (PLAIN, "Two black dogs.", PLAIN, {"foreign_name_used": (0, 1)}),
        (PLAIN, "Two black Ottomans.", PLAIN, {"foreign_name_used": (0, 1)}),
        # another picture's post: nothing of it belongs
        (
            PLAIN,
            "Mara, two black dogs, at the Park Fair.",
            SCENE,
            {"foreign_name_used": (1, 1), "foreign_event_used": (1, 1)},
        ),
        (SCENE, "A red cat with Otto.", PLAIN, {"foreign_name_used": (1, 1)}),
        (SCENE, "Mara, a red cat.", PLAIN, {"foreign_name_used": (0, 1)}),
        # what is quoted or signed in the picture was read there
        (SCREEN, "Screenshot of a post by Otto Lund: “Good morning”.", PLAIN, {"foreign_name_used": (0, 1)}),
        (PLAIN, "Two black dogs: “Mara at the Park Fair”.", SCENE, {"foreign_name_used": (0, 1)}),
        # a post that names both the picture's own and another
        (
            SCENE,
            "Mara, a red cat, with Otto.",
            Facts("scene", name="Mara", foreign="Otto"),
            {"name_used": (1, 1), "foreign_name_used": (1, 1)},
        ),
        # two names that are both foreign
        (
            SCREEN,
            "Mara here.",
            Facts("scene", name="Mara", foreign="Nell"),
            {"foreign_name_used": (1, 2), "name_used": (0, 0)},
        ),
    ],
)
def test_use_of_post(facts: Facts, text: str, post: Facts, expected: dict[str, tuple[int, int]]) -> None:
    found = {name: pairs(counts) for name, counts in use_of_post([facts], [text], [post]).items()}
    assert {name: found[name] for name in expected} == {name: [pair] for name, pair in expected.items()}
    unmentioned = {"name_used", "event_used"} - expected.keys()
    if facts is not post:
        assert all(found[name] == [(0, 0)] for name in unmentioned)


def test_the_own_post_is_the_default() -> None:
    own = use_of_post([SCENE, PLAIN], ["Mara.", "Otto."])
    assert pairs(own["name_used"]) == [(1, 1), (0, 0)]
    assert pairs(own["foreign_name_used"]) == [(0, 0), (1, 1)]
