"""What counts as a word, in the script that was released with MCM-DPO and in our own figures and rules."""

import re
from typing import Literal

from nltk.tokenize import word_tokenize

from altd_trainer.metrics.resources import punkt_available

Mode = Literal["released", "normalised"]
"""`released`: case and punctuation count, as in the released script. `normalised`: only words count."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_LETTERS = re.compile(r"\w+")


def words(*texts: str) -> set[str]:
    """The different words of all these texts, in small letters; an apostrophe parts two."""
    return {word for text in texts for word in all_words(text)}


def all_words(text: str) -> list[str]:
    """The words of a text in order, likewise."""
    return _LETTERS.findall(text.lower())


def normalise(text: str) -> str:
    """Lower-case words with single spaces between them."""
    return " ".join(_WORD.findall(text.lower()))


def prepare(text: str, mode: Mode) -> str:
    """A model's text as it is compared; the released script drops the speaker that LLaVA may name."""
    return normalise(text) if mode == "normalised" else text.removeprefix("Assistant:").strip()


def split(prepared: str, mode: Mode) -> list[str]:
    """The words that BLEU, METEOR and the edit distance compare.

    The released script splits by NLTK: sentences by its Punkt model, words after the Penn Treebank. NLTK
    comes without that model; while it is not installed a text is taken for one sentence, so that full stops
    other than the last stay with their word. `resources` tells which it was.
    """
    if mode == "normalised":
        return prepared.split()
    words: list[str] = word_tokenize(prepared, preserve_line=not punkt_available())
    return words
