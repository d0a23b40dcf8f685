"""The simulated reader changes lines and answer alike."""

import random

from altd_trainer.synthetic import generate, score
from altd_trainer.synthetic.reading import read_lines


def test_what_is_misread_is_misread_in_the_answer_too() -> None:
    changed = 0
    for index in range(400):
        sample = generate(1, index)
        lines, answer = read_lines(sample, random.Random(index))
        quoted = [line for line in (sample.facts.title, *sample.facts.quotes) if line]
        if answer != sample.alt:
            changed += 1
            assert score(sample.facts, answer).get("text", (0, 1))[0] < len(quoted) + bool(
                sample.facts.author
            )
        assert len(lines) >= len(sample.lines)
    assert 2 < changed < 60
