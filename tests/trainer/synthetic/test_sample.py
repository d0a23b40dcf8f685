"""Drawn pictures are pure functions of (seed, index), disjoint between splits, and truly described."""

from collections import Counter

import pytest

from altd_trainer.synthetic import KINDS, Facts, Group, Sample, generate, score, split_seed
from altd_trainer.synthetic.objects import OBJECTS

SPLITS = ("train", "validation", "test")


def perfect(scores: dict[str, tuple[int, int]]) -> bool:
    return all(right == (0 if sort == "invented" else total) for sort, (right, total) in scores.items())


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return [generate(split_seed("train"), index) for index in range(400)]


def test_same_seed_and_index_give_the_same_picture_and_texts() -> None:
    first, again = generate(1, 7), generate(1, 7)
    assert first.image.tobytes() == again.image.tobytes()
    assert (first.alt, first.post, first.noisy, first.rejected) == (
        again.alt,
        again.post,
        again.noisy,
        again.rejected,
    )
    assert generate(1, 8).alt != first.alt


def test_every_kind_of_picture_comes(samples: list[Sample]) -> None:
    assert set(Counter(sample.kind for sample in samples)) == set(KINDS)
    assert len(OBJECTS) >= 60


def test_no_combination_of_facts_is_in_two_splits() -> None:
    seen = {
        split: {
            (facts.groups, facts.title, facts.quotes, facts.chart)
            for facts in (generate(split_seed(split), index).facts for index in range(600))
            if facts.kind != "unknown"
        }
        for split in SPLITS
    }
    assert not seen["train"] & seen["test"]
    assert not seen["train"] & seen["validation"]
    assert not seen["validation"] & seen["test"]


def test_the_true_text_scores_full_marks_and_every_rejected_text_less(samples: list[Sample]) -> None:
    for sample in samples:
        assert perfect(score(sample.facts, sample.alt)), sample.alt
        if sample.kind != "unknown":
            assert sample.rejected
            assert not any(perfect(score(sample.facts, text)) for text in sample.rejected), sample.alt
        assert sample.alt not in sample.rejected


def test_noisy_texts_are_what_people_write(samples: list[Sample]) -> None:
    names = [sample.noisy[0] for sample in samples]
    assert all(any(char.isdigit() for char in name) for name in names)
    assert all(sample.alt not in sample.noisy for sample in samples)


def test_a_name_in_the_truth_stands_in_the_post_and_a_foreign_one_does_not_stand_in_the_truth(
    samples: list[Sample],
) -> None:
    named = [sample for sample in samples if sample.facts.name]
    foreign = [sample for sample in samples if sample.facts.foreign]
    assert named
    assert foreign
    assert all(sample.facts.name in sample.post.text for sample in named if sample.post.text)
    assert all(sample.facts.foreign not in sample.alt for sample in foreign)


def test_score_counts_what_is_wrong() -> None:
    facts = Facts("scene", (Group("cat", "red", 2), Group("car", "blue")), "above")
    found = score(facts, "Two red cats below a green car and a dog.")
    assert found["object"] == (2, 2)
    assert found["colour"] == (1, 2)
    assert found["count"] == (2, 2)
    assert found["relation"] == (0, 1)
    assert found["invented"] == (1, 3)
