"""Examples from drawn pictures."""

import pytest

from altd_trainer.data import synthetic_contexts, synthetic_examples
from altd_trainer.data.images import load_image


def test_examples_repeat_and_splits_differ() -> None:
    examples = synthetic_examples("validation", 3, 6)
    assert examples == synthetic_examples("validation", 3, 6)
    assert examples[2:] == synthetic_examples("validation", 5, 4)
    assert not {e.id for e in examples} & {e.id for e in synthetic_examples("train", 3, 6)}
    assert all(example.rejected != example.chosen for example in examples)
    assert load_image(examples[0]).mode == "RGB"


def test_contexts_are_those_of_the_examples() -> None:
    contexts = [example.context for example in synthetic_examples("validation", 3, 3)]
    assert synthetic_contexts("validation", 3, 3) == contexts


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(ValueError, match="no synthetic split 'tests'"):
        synthetic_examples("tests", 0, 1)
