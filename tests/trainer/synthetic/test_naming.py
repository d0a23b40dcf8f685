"""Names for the copying part of stage 1."""

import random

from altd_trainer.synthetic import generate, score, split_seed
from altd_trainer.synthetic.naming import named_sample, renamed
from altd_trainer.synthetic.words import NAMES

TRAIN = split_seed("train")


def test_a_named_picture_is_found_and_is_the_same_again() -> None:
    samples = [named_sample(TRAIN, index) for index in range(40)]
    plain = [generate(TRAIN, index) for index in range(40)]
    assert sum(bool(each.facts.name) for each in samples) > 2 * sum(bool(each.facts.name) for each in plain)
    assert [each.id for each in samples] == [named_sample(TRAIN, index).id for index in range(40)]
    kept = [(one.id, two.id) for one, two in zip(samples, plain, strict=True) if two.facts.name]
    assert kept
    assert all(one == two for one, two in kept)


def test_a_new_name_stands_in_post_and_answer_and_the_old_one_nowhere() -> None:
    sample = next(s for s in (named_sample(TRAIN, n) for n in range(40)) if s.facts.name in NAMES)
    post, answer = renamed(sample.post, sample.alt, sample.facts.name, random.Random(1))
    assert score(sample.facts, sample.alt)["name"] == (1, 1)
    assert score(sample.facts, answer)["name"] == (0, 1)
    assert sample.facts.name not in post.text.split()
    new = (set(answer.replace(",", " ").split()) - set(sample.alt.replace(",", " ").split())).pop()
    assert new in post.text
    assert new not in NAMES
