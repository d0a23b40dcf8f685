"""What a champion's forebears did on the drawn pictures: what each round may cost must not add up.

A person retrains for years. Two points of what is told wrongly, allowed against the champion each time, would
be twenty after ten rounds; therefore a challenger is held against the best that any generation of its line
did. Of right facts only since the last one that was to tell less: whoever wanted that has it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

Figures = Mapping[str, Any]
"""A `Showing.summary()`."""


@dataclass(frozen=True)
class Round:
    """One training of the line: the figures of its champion and of the challenger that was promoted."""

    before: Figures
    after: Figures


@dataclass(frozen=True)
class Best:
    """Shares: of right facts, of facts not told wrongly, of objects that are not there, of pictures with a
    name that is not theirs, of words that stand nowhere, of base pictures whose text is read out, and of odd
    pictures of which one is.
    """

    facts: float
    told: float
    invented: float
    foreign: float
    strange: float
    heard: float
    odd: float

    @classmethod
    def of(cls, champion: Figures, line: Sequence[Round], less: float) -> Self:
        """The best of a champion and of the generations before it.

        Args:
            line: latest round first; its figures are of the same pictures.
            less: loss of right facts in one round from which on it was wanted.
        """
        figures = [champion, *(each.before for each in line)]
        facts = [float(champion["base_facts"])]
        for each in line:
            if each.before["base_facts"] - each.after["base_facts"] > less:
                break
            facts.append(float(each.before["base_facts"]))
        return cls(
            facts=max(facts),
            told=max(each["base_told"] for each in figures),
            invented=min(each["base_invented"] for each in figures),
            foreign=min(each["base_foreign_names"] / each["base_pictures"] for each in figures),
            strange=min(each["base_strange_words"] for each in figures),
            heard=max(each.get("base_heard", 0.0) for each in figures),
            odd=min(each.get("odd_told", 1.0) for each in figures),
        )
