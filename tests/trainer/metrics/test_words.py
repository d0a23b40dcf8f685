"""What counts as a word."""

import pytest

from altd_trainer.metrics.resources import punkt_available
from altd_trainer.metrics.words import normalise, prepare, split


def test_normalisation_keeps_words_only() -> None:
    assert normalise("A “red”  apple, it's here.") == "a red apple it's here"


@pytest.mark.parametrize("text", ["A hat.", "  A hat. ", "Assistant: A hat.", "Assistant:A hat.\n"])
def test_the_released_script_drops_the_speaker_and_keeps_the_rest(text: str) -> None:
    assert prepare(text, "released") == "A hat."


def test_released_words_are_those_of_the_treebank() -> None:
    assert split("Noor's (red) hat can't fly.", "released") == (
        ["Noor", "'s", "(", "red", ")", "hat", "ca", "n't", "fly", "."]
    )


def test_inner_full_stops_stand_alone_only_where_sentences_can_be_told() -> None:
    expected = ["A", "hat", ".", "A", "cap", "."] if punkt_available() else ["A", "hat.", "A", "cap", "."]
    assert split("A hat. A cap.", "released") == expected
