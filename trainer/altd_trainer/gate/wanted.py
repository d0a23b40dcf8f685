"""What a person's better texts say of how they want texts: how long, and with which words."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.metrics.words import words

_BY_CHANCE = 0.01  # that a word which the person uses stands in no held-out text


def wanted_length(pairs: Sequence[PreferenceExample]) -> float:
    """Words of the better text for each word of the worse one, in the median pair; 1 where there is none.

    Of all words together the one text that rambled most would decide.
    """
    shares = [
        len(pair.chosen.split()) / max(1, len(pair.rejected.split())) for pair in pairs if pair.rejected
    ]
    return median(shares) if shares else 1.0


def wanted_words(held_out: Sequence[PreferenceExample], learned: Sequence[PreferenceExample]) -> set[str]:
    """The words of the better texts that were held out, and those that may be missing there by chance.

    What stands in so many of the texts learned from that it could not be missing is not what the person
    wants: the training was of something else. A label for one kind of picture in six may well be missing.

    Args:
        held_out: pairs that were kept from training.
        learned: pairs that were trained on.
    """
    there = Counter(word for pair in learned for word in words(pair.chosen))
    seldom = {
        word for word, count in there.items() if (1 - count / len(learned)) ** len(held_out) >= _BY_CHANCE
    }
    return seldom | {word for pair in held_out for word in words(pair.chosen)}


def unwanted_words(held_out: Sequence[PreferenceExample], learned: Sequence[PreferenceExample]) -> set[str]:
    """All other words of the better texts that were learned from."""
    return {word for pair in learned for word in words(pair.chosen)} - wanted_words(held_out, learned)
