"""Is a model right as often as it believes? Its own probability against the share of right answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist, fmean

from altd.describe.clean import clean
from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.items import Item
from altd_trainer.evaluation.truth import faults
from altd_trainer.synthetic.facts import UNKNOWN

_BINS = 8
_FEWEST = 10  # answers in a bin: of fewer a share says nothing


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval (Wilson's, which stays honest at 0 and 1), and of how many it is."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Bin:
    """Answers of like probability: the lowest, mean and highest one, and the share that is right."""

    low: float
    mean: float
    high: float
    right: Share


def share(hits: Sequence[bool], level: float = 0.95) -> Share:
    """The share of hits.

    Raises:
        ValueError: there are none to count.
    """
    count = len(hits)
    if count == 0:
        raise ValueError("there is no share of nothing")
    z = NormalDist().inv_cdf(0.5 + level / 2)
    value, spread = sum(hits) / count, z * z / count
    middle = (value + spread / 2) / (1 + spread)
    half = z / (1 + spread) * ((value * (1 - value) + spread / 4) / count) ** 0.5
    return Share(value, max(0.0, middle - half), min(1.0, middle + half), count)


def reliability(items: Sequence[Item], answers: Sequence[Answer]) -> list[Bin]:
    """Bins of equally many answers, from the least to the most probable one.

    Counted is all that the model itself said of pictures with known facts, whether or not it was served,
    but for its saying that it does not know; right is what has no fault.
    """
    said = [
        (answer.probability, not faults(item, text, answer.lines))
        for item, answer in zip(items, answers, strict=True)
        if item.facts is not None and answer.probability is not None and (text := _own(answer))
    ]
    said.sort()
    number = max(1, min(_BINS, len(said) // _FEWEST))
    borders = [round(index * len(said) / number) for index in range(number + 1)]
    return [_bin(said[start:end]) for start, end in pairwise(borders) if end > start]


def _own(answer: Answer) -> str:
    """What the model said, as it is or would be served; nothing where it said that it does not know."""
    text = answer.text if answer.from_model and answer.text else clean(answer.said)
    return "" if text == clean(UNKNOWN) else text


def _bin(said: Sequence[tuple[float, bool]]) -> Bin:
    chances = [chance for chance, _ in said]
    return Bin(chances[0], fmean(chances), chances[-1], share([right for _, right in said]))
