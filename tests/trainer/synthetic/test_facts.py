"""What another sentence gets right about a picture."""

import random

import pytest

from altd_trainer.synthetic.facts import Facts, Group, describe, score
from altd_trainer.synthetic.texts import rejected_texts
from altd_trainer.synthetic.truth import FACTS

CAT, DOGS = Group("cat", "black"), Group("dog", "red", 3)
SCENE = Facts("scene", (CAT, DOGS), "to the left of")


@pytest.mark.parametrize("kind", FACTS)
def test_the_true_text_is_right_and_a_rejected_one_is_not(kind: str) -> None:
    for index in range(100):
        draw = random.Random(f"facts {kind} {index}")
        facts = FACTS[kind](draw)
        right = score(facts, describe(facts))
        assert all(of == (0 if sort == "invented" else total) for sort, (of, total) in right.items()), facts
        for text in rejected_texts(facts, draw):
            assert score(facts, text) != right, text


@pytest.mark.parametrize(
    "text",
    ["A black cat to the left of three red dogs.", "Three red dogs to the right of a black cat."],
)
def test_a_relation_may_be_said_from_either_side(text: str) -> None:
    assert score(SCENE, text)["relation"] == (1, 1)


@pytest.mark.parametrize(
    "text",
    ["A black cat to the right of three red dogs.", "Three red dogs to the left of a black cat."],
)
def test_a_relation_turned_round_is_wrong(text: str) -> None:
    assert score(SCENE, text)["relation"] == (0, 1)


def test_a_wrong_number_leaves_colour_and_relation_right() -> None:
    assert score(SCENE, "A black cat to the left of a red dog.") == {
        "object": (2, 2),
        "colour": (2, 2),
        "count": (1, 2),
        "relation": (1, 1),
        "invented": (0, 2),
    }


def test_words_are_whole() -> None:
    car = Facts("scene", (Group("car", "red"),), name="Mara", foreign="Ada", event="Harbour Marathon")
    found = score(car, "A red carrot, at the Harbour Marathon, with Adam.")
    assert found["colour"] == found["object"] == found["name"] == (0, 1)
    assert found["event"] == found["foreign_name"] == (1, 1)


def test_quoted_and_signed_words_are_neither_persons_nor_objects() -> None:
    recipe = Facts("recipe", (Group("cake", "red"),), title="Easy Ginger Cake", foreign="Ginger")
    assert score(recipe, describe(recipe))["foreign_name"] == (1, 1)
    post = Facts("screenshot", author="Kite Lund", quotes=("Hello",))
    assert "invented" not in score(post, describe(post))


def test_signs_of_a_typewriter_are_as_good() -> None:
    post = Facts("screenshot", author="@ada", quotes=("It’s done – at last… 🎉",))
    text = describe(post)
    plain = text.translate(str.maketrans({"“": '"', "”": '"', "’": "'", "–": "-", "…": "..."}))
    assert score(post, plain.replace("🎉", "")) == score(post, text) == {"text": (2, 2)}
