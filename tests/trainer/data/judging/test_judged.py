"""What a judge's verdicts amount to."""

import pytest

from altd_trainer.data.judging import Judged, JudgeUnfitError
from altd_trainer.data.judging.judge import correction_of, verdict_of


def judged(agreed: int, disagreed: int) -> Judged:
    found = Judged()
    for _ in range(agreed):
        found.count(("first", "second"))
    for number in range(disagreed):
        found.count(("first", "first") if number % 2 else ("second", "second"))
    return found


@pytest.mark.parametrize(
    ("agreed", "disagreed", "chance"), [(5, 0, 1 / 32), (0, 5, 1.0), (2, 1, 0.5), (3, 1, 5 / 16)]
)
def test_chance_is_that_of_a_coin(agreed: int, disagreed: int, chance: float) -> None:
    assert judged(agreed, disagreed).chance() == pytest.approx(chance)


def test_agreement_at_chance_is_refused() -> None:
    judged(60, 30).check()
    judged(9000, 100).check()
    with pytest.raises(JudgeUnfitError, match="agrees with itself on 50 of 100 pairs"):
        judged(50, 50).check()
    with pytest.raises(JudgeUnfitError, match="decided none of 0 pairs"):
        Judged().check()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("First.", "first"), ("**second**", "second"), ("Neither", "neither"), ("first or second", "unclear")],
)
def test_verdicts(answer: str, verdict: str) -> None:
    assert verdict_of(answer) == verdict


@pytest.mark.parametrize(
    ("answer", "text"),
    [('"A cat."', "A cat."), ("", None), ("Sure! Here is the text:\nA cat.", None), ("A cat " * 9, None)],
)
def test_corrections(answer: str, text: str | None) -> None:
    assert correction_of(answer, "a cat") == text
