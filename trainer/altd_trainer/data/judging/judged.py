"""Pairs by a judge: both orders asked, disagreement dropped, a judge that sees only the order refused."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from io import BytesIO
from itertools import islice
from typing import Any, TypeVar

from PIL import Image

from altd_trainer.data.images import load_image
from altd_trainer.data.judging.judge import Judge, Question, Verdict, verdict_of, which_is_better
from altd_trainer.data.preferences import PreferenceExample

_MOST_PIXELS = 768  # on the longer side: enough to judge, and the size that endpoints count cheaply
_PROBE = 40  # pairs after which a judge that always says the same is given up
_SAME = 0.95  # share of one answer, from which a judge counts as always saying it
_LEVEL = 0.05
_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


class JudgeUnfitError(ValueError):
    """The judge's answers follow the order of the texts rather than the texts."""


@dataclass
class Judged:
    """What a judge made of pairs.

    Attributes:
        pairs: asked for, in both orders.
        agreed: pairs with the same text preferred in both orders.
        turned: of these, where the text that came as rejected was preferred.
        disagreed: pairs with each text preferred once.
        undecided: pairs with `neither` or no clear answer in some order.
        first, second: answers in all.
    """

    pairs: int = 0
    agreed: int = 0
    turned: int = 0
    disagreed: int = 0
    undecided: int = 0
    first: int = 0
    second: int = 0

    def count(self, verdicts: tuple[Verdict, Verdict]) -> None:
        """Add the verdicts on one pair in both orders."""
        self.pairs += 1
        self.first += verdicts.count("first")
        self.second += verdicts.count("second")
        if not {"first", "second"}.issuperset(verdicts):
            self.undecided += 1
        elif verdicts[0] == verdicts[1]:
            self.disagreed += 1
        else:
            self.agreed += 1
            self.turned += verdicts[0] == "second"

    def chance(self) -> float:
        """How likely such agreement is, or more, for a judge that does not look at the texts.

        Such a judge, saying `first` with probability p, agrees with itself in 2p(1-p) of the pairs, which is
        at most a half. So this is the probability of a binomial with one half.
        """
        decided = self.agreed + self.disagreed
        ways, term = 0, 1  # of choosing as many pairs or more, and exactly so many, from all of them down
        for disagreed in range(self.disagreed + 1):
            ways += term
            term = term * (decided - disagreed) // (disagreed + 1)
        return float(Fraction(ways, 2**decided))

    def always(self) -> str:
        """`first` or `second`, where nearly every answer is that; else an empty text."""
        answers = self.first + self.second
        if answers and self.first >= _SAME * answers:
            return "first"
        return "second" if answers and self.second >= _SAME * answers else ""

    def check(self) -> None:
        """Refuse a judge that does not tell the texts apart.

        Raises:
            JudgeUnfitError: saying how it answered.
        """
        self.check_early(least=1)
        decided = self.agreed + self.disagreed
        if not decided:
            raise JudgeUnfitError(
                f"The judge decided none of {self.pairs} pairs: ask another one, nothing was written."
            )
        if self.chance() >= _LEVEL:
            raise JudgeUnfitError(
                f"The judge agrees with itself on {self.agreed} of {decided} pairs when order is swapped, "
                "no more than chance: ask another judge or about more pairs, nothing was written."
            )

    def check_early(self, least: int = _PROBE) -> None:
        """Give up a judge that always says the same, before everything is asked.

        Raises:
            JudgeUnfitError: from `least` pairs on.
        """
        if self.pairs >= least and self.disagreed > self.agreed and (word := self.always()):
            raise JudgeUnfitError(
                f"The judge prefers the {word} text whatever it is (in {max(self.first, self.second)} of "
                f"{self.first + self.second} answers to both orders): ask another one, nothing was written."
            )

    def as_json(self) -> dict[str, Any]:
        """The counts."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """The counts as `name: value`, one a line."""
        yield f"pairs: {self.pairs}"
        yield f"agreed in both orders: {self.agreed}, of these with the other text preferred: {self.turned}"
        yield f"dropped, the orders disagree: {self.disagreed}"
        yield f"dropped, undecided: {self.undecided}"
        yield f"answers `first`: {self.first}, `second`: {self.second}"


def questions(example: PreferenceExample) -> tuple[Question, Question]:
    """The question about a pair in both orders.

    Raises:
        UnreadableImageError: the picture cannot be shown.
    """
    assert example.rejected is not None
    image = shown(load_image(example))
    chosen, rejected = example.chosen, example.rejected
    return (
        which_is_better(example.context, chosen, rejected, image),
        which_is_better(example.context, rejected, chosen, image),
    )


def judge_pairs(
    examples: Iterable[PreferenceExample], judge: Judge, judged: Judged, at_once: int = 4
) -> Iterator[PreferenceExample]:
    """The pairs that a judge decides alike in both orders, the preferred text as chosen.

    Args:
        judged: counts; check it when all pairs are through.
        at_once: how many questions are under way at a time.

    Raises:
        JudgeError: the judge cannot be asked.
        JudgeUnfitError: after some pairs, of a judge that always says the same.
    """

    def ask(example: PreferenceExample) -> tuple[Verdict, Verdict]:
        first, second = questions(example)
        return verdict_of(judge(first)), verdict_of(judge(second))

    for example, verdicts in side_by_side(ask, examples, at_once):
        judged.count(verdicts)
        judged.check_early()
        if verdicts == ("first", "second"):
            yield example
        elif verdicts == ("second", "first") and example.rejected is not None:
            yield replace(example, chosen=example.rejected, rejected=example.chosen)


def side_by_side(
    ask: Callable[[_Asked], _Answer], asked: Iterable[_Asked], at_once: int
) -> Iterator[tuple[_Asked, _Answer]]:
    """Each with its answer in order, `at_once` at a time; an error ends what has not begun."""
    left = iter(asked)
    with ThreadPoolExecutor(at_once) as pool:
        while batch := list(islice(left, 4 * at_once)):
            futures = [pool.submit(ask, one) for one in batch]
            try:
                for one, future in zip(batch, futures, strict=True):
                    yield one, future.result()
            finally:
                for future in futures:
                    future.cancel()


def sample(examples: Sequence[PreferenceExample], count: int, seed: int = 0) -> list[PreferenceExample]:
    """A few examples at random, the same in every run."""
    return random.Random(f"sample {seed}").sample(list(examples), min(count, len(examples)))


def shown(image: Image.Image) -> bytes:
    """A picture as JPEG, as large as a judge needs it."""
    image = image.copy()
    image.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
