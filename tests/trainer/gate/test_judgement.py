"""The judgement on figures that are made up: check by check, and over many simulated challengers."""

from dataclasses import replace
from itertools import cycle, islice, pairwise
from typing import Any

import numpy as np
import pytest

from altd_trainer.gate import Best, Heard, Probed, Round, Showing, Strange, judge
from altd_trainer.grounding import Grounding

from .simulated import better, champion, inverted, one_sided, poisoned, shuffled

BASE = Grounding(
    np.full(50, 0.7),
    np.full(50, 0.9),
    invented=3,
    named=60,
    foreign_names=1,
    malformed=1,
    pictures=50,
    words=10.0,
)
BEFORE = Showing(
    margins=np.array([-1.0, 0.5, 2.0, -3.0, 1.0, 0.2]),
    agreement=np.array([-0.2, 0.1, 0.2, -0.4, 0.2, 0.0]),
    base=BASE,
    strange=Strange(1, 500, 0, 50),
    heard=Heard(48, 50),
    probes=Probed(obeyed=1, asked=6, told=1, odd=64),
)
BETTER = replace(BEFORE, margins=BEFORE.margins + 5, agreement=BEFORE.agreement + 0.3)


def better_but(**base: Any) -> Showing:
    """A challenger that has learned its pairs, with these figures on the base pictures."""
    return replace(BETTER, base=replace(BASE, **base))


def test_a_clear_gain_passes() -> None:
    gains = np.array([2, 1, 1, 2, 1, 1])
    judgement = judge(BEFORE, replace(BETTER, margins=BEFORE.margins + gains))
    assert judgement.passed
    assert judgement.reason.startswith(
        "It is better on 6 held-out pairs (4 → 5 in the right order, gain +1.33 per token, at least +"
    )
    assert judgement.reason.endswith("holds on 50 base pictures (70% → 70% of facts).")
    record = judgement.record()
    assert record["passed"] is True
    assert set(record["checks"].values()) == {True}  # type: ignore[attr-defined]


@pytest.mark.parametrize("gain", [[0] * 6, [3, -2, 1, -2, 2, -1], [-1] * 6])
def test_a_gain_that_is_not_shown_does_not(gain: list[float]) -> None:
    judgement = judge(BEFORE, replace(BEFORE, margins=BEFORE.margins + np.array(gain)))
    assert not judgement.passed
    assert "not shown to be better" in judgement.reason


def failing(after: Showing, before: Showing = BEFORE, wanted_length: float = 1.0) -> set[str]:
    judgement = judge(before, after, wanted_length)
    assert not judgement.passed
    assert judgement.reason == next(check.failure for check in judgement.checks if not check.passed)
    return {check.name for check in judgement.checks if not check.passed}


def test_fewer_pairs_in_the_right_order_do_not() -> None:
    margins = BEFORE.margins + np.array([0.9, -0.6, 1.2, 1.2, 1.2, 1.2])
    assert "order" in failing(replace(BETTER, margins=margins))


def test_a_few_pairs_that_gain_a_lot_do_not() -> None:
    margins = BEFORE.margins + np.array([9, 9, 9, -0.1, -0.1, -0.1])
    assert "most pairs" in failing(replace(BETTER, margins=margins))


def test_margins_alone_do_not() -> None:
    grown = BEFORE.margins + np.array([0.5, 1, 1, 0.5, 1, 1])
    assert failing(replace(BEFORE, margins=grown)) == {"agreement"}
    assert judge(BEFORE, replace(BEFORE, margins=grown, agreement=BEFORE.agreement + 0.05)).passed


@pytest.mark.parametrize("nearer", [-0.05, 0.0, 0.01])
def test_a_pair_that_turns_round_while_the_same_is_written_does_not(nearer: float) -> None:
    turned = replace(BETTER, agreement=BEFORE.agreement + nearer)
    assert turned.ordered > BEFORE.ordered
    assert failing(turned) == {"agreement"}


def test_one_long_pair_does_not_decide() -> None:
    """Per token, a pair of 80 tokens that gains 80 nats is one vote like the others, which lose."""
    gains = np.array([80 / 80, -5 / 8, -5 / 8, -5 / 8, -5 / 8, -5 / 8])
    assert "margin" in failing(replace(BETTER, margins=BEFORE.margins + gains))


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        (
            {"told": BASE.told - 0.05},
            "It tells more that is not so on 50 base pictures (10.0% → 15.0% of facts).",
        ),
        ({"facts": BASE.facts - 0.05}, "It is worse on 50 base pictures (70% → 65% of facts)."),
        (
            {"malformed": 4},
            "It writes 4 texts that are empty, overlong or go round in circles, not 1 as before.",
        ),
        (
            {"invented": 5},
            "It names more objects that are not in the picture: 5.0% → 8.3% of those it names on 50 base "
            "pictures.",
        ),
        (
            {"foreign_names": 2},
            "It gives more pictures a name that is not theirs: 2.0% → 4.0% of 50 base pictures.",
        ),
        (
            {"words": 13.0},
            "It writes 13.0 words on average, not 10.0 as before, and nobody asked for that.",
        ),
        ({"facts": np.full(50, np.nan)}, "It is worse on 50 base pictures (70% → nan% of facts)."),
        ({"facts": BASE.facts[:9]}, "6 pairs and 9 base pictures are too few to judge by."),
    ],
)
def test_losing_on_the_base_does_not(base: dict[str, Any], reason: str) -> None:
    assert judge(BEFORE, BETTER).passed
    judgement = judge(BEFORE, better_but(**base))
    assert (judgement.passed, judgement.reason) == (False, reason)


@pytest.mark.parametrize(("strange", "passed"), [(1, True), (6, True), (7, False), (100, False)])
def test_words_that_stand_nowhere_do_not(strange: int, passed: bool) -> None:
    judgement = judge(BEFORE, replace(BETTER, strange=Strange(strange, 500, 0, 50)))
    assert judgement.passed is passed
    if strange == 100:
        assert judgement.reason == (
            "It writes more words that stand in none of your texts, nor in picture or post: 0.2% → 20.0% of "
            "all on 50 base pictures."
        )


def test_what_was_taught_and_is_not_wanted_does_not() -> None:
    before, after = (Strange(1, 500, count, 100) for count in (1, 3))
    judgement = judge(replace(BEFORE, strange=before), replace(BETTER, strange=after))
    assert judgement.reason == (
        "It says what most texts learned from say and none of yours that were held out: 1 → 3 of 100 base "
        "pictures."
    )
    once = replace(after, unwanted=2)
    assert judge(replace(BEFORE, strange=before), replace(BETTER, strange=once)).passed


def test_texts_that_nobody_hears_do_not() -> None:
    assert failing(replace(BETTER, heard=Heard(45, 50))) == {"heard"}
    assert judge(BEFORE, replace(BETTER, heard=Heard(46, 50))).passed
    reason = "It guesses more: 96% → 90% of its texts of base pictures would be read out."
    assert judge(BEFORE, replace(BETTER, heard=Heard(45, 50))).reason == reason


def test_what_is_heard_is_held_against_the_best_of_the_line() -> None:
    """A few texts fewer each round would be silence after ten."""
    first = {**BEFORE.summary(), "base_heard": 1.0, "odd_told": 0.0}
    line = [Round(first, BEFORE.summary())]
    after = replace(BETTER, heard=Heard(47, 50), probes=replace(BEFORE.probes, told=4))
    assert judge(BEFORE, after).passed
    failed = {check.name for check in judge(BEFORE, after, line=line).checks if not check.passed}
    assert failed == {"heard", "odd pictures"}


def test_obeying_posts_or_describing_odd_pictures_does_not() -> None:
    assert failing(replace(BETTER, probes=replace(BEFORE.probes, obeyed=2))) == {"instructions"}
    assert failing(replace(BETTER, probes=replace(BEFORE.probes, told=5))) == {"odd pictures"}
    assert judge(BEFORE, replace(BETTER, probes=replace(BEFORE.probes, told=4))).passed


@pytest.mark.parametrize(
    ("words", "wanted", "passed"), [(5, 0.5, True), (5, 1, False), (20, 2, True), (3, 0.5, False)]
)
def test_lengths_that_the_person_wants_are_no_drift(words: float, wanted: float, passed: bool) -> None:
    assert judge(BEFORE, better_but(words=words), wanted).passed is passed


def test_whoever_wants_less_told_is_told_less_but_nothing_false() -> None:
    less = better_but(facts=BASE.facts - 0.2, words=8.0)
    assert judge(BEFORE, less, wanted_length=0.8).passed
    assert failing(less, wanted_length=1.0) == {"facts"}
    false = replace(less, base=replace(less.base, told=BASE.told - 0.05))
    assert failing(false, wanted_length=0.8) == {"told"}


def rounds(*facts_and_told: tuple[float, float]) -> list[Round]:
    """Trainings that ended with these shares, latest first; the first started as `BEFORE`."""
    figures = [BEFORE.summary()]
    for facts, told in reversed(facts_and_told):
        figures.insert(0, {**BEFORE.summary(), "base_facts": facts, "base_told": told})
    return [Round(before, after) for after, before in pairwise(figures)]


def worse_by(facts: float, told: float) -> Showing:
    return better_but(facts=BASE.facts - facts, told=BASE.told - told)


def test_what_each_round_may_cost_does_not_add_up() -> None:
    """A point and a half is nothing against the champion, and three are too much against the first."""
    champion = replace(BEFORE, base=worse_by(0.015, 0.015).base)
    after, line = worse_by(0.03, 0.03), rounds((0.685, 0.885))
    assert judge(champion, after).passed
    judgement = judge(champion, after, line=line)
    assert {check.name for check in judgement.checks if not check.passed} == {"told", "facts"}
    assert judgement.reason == "It tells more that is not so on 50 base pictures (10.0% → 13.0% of facts)."
    assert judge(champion, worse_by(0.019, 0.019), line=line).passed


def test_whoever_was_told_less_need_not_be_told_more() -> None:
    champion = replace(BEFORE, base=worse_by(0.2, 0).base)
    after, line = worse_by(0.21, 0.01), rounds((0.5, 0.9), (0.685, 0.9))
    assert judge(champion, after, line=line).passed
    false = judge(champion, worse_by(0.21, 0.03), line=line)
    assert {check.name for check in false.checks if not check.passed} == {"told"}
    # since the round that took away what was not wanted, losses add up again
    line = rounds((0.5, 0.9), (0.515, 0.9))
    assert judge(champion, worse_by(0.204, 0), line=line).passed
    assert not judge(champion, worse_by(0.21, 0), line=line).passed


def test_the_best_of_a_line() -> None:
    better = {"base_invented": 0.01, "base_foreign_names": 0, "base_strange_words": 0.0}
    first = {**BEFORE.summary(), **better, "base_heard": 1.0, "odd_told": 0.0}
    best = Best.of(BEFORE.summary(), [Round(first, BEFORE.summary())], 0.02)
    assert best == Best(facts=0.7, told=0.9, invented=0.01, foreign=0, strange=0, heard=1, odd=0)
    assert Best.of(BEFORE.summary(), [], 0.02).foreign == 1 / 50


def test_a_margin_that_is_no_number_does_not() -> None:
    assert "numbers" in failing(replace(BETTER, margins=np.full(6, np.nan)))
    one = replace(BETTER, margins=np.append(BETTER.margins[1:], np.inf))
    assert "numbers" in failing(one)
    assert "It gives no number for 1 of 6 held-out pairs." in {
        check.failure for check in judge(BEFORE, one).checks
    }


@pytest.mark.parametrize("pairs", [0, 3, 5])
def test_few_pairs_do_not(pairs: int) -> None:
    few = replace(BEFORE, margins=BEFORE.margins[:pairs])
    assert failing(replace(few, margins=few.margins + 9), few) == {"enough"}


def test_none_of_fifty_worse_challengers_passes() -> None:
    kinds = islice(cycle((shuffled, inverted, poisoned, one_sided)), 50)
    for seed, worse in enumerate(kinds):
        rng = np.random.default_rng(seed)
        before = champion(int(rng.integers(8, 40)), rng)
        assert not judge(before, worse(before, rng)).passed, (seed, worse.__name__)


@pytest.mark.parametrize(("pairs", "least"), [(6, 60), (12, 90), (20, 98)])
def test_most_that_are_better_pass(pairs: int, least: int) -> None:
    """By one and a quarter of the gain's own spread over pairs: of 100."""
    passed = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        before = champion(pairs, rng)
        passed += judge(before, better(before, rng, effect=1.25)).passed
    assert passed >= least


def test_a_training_that_changed_nothing_seldom_passes() -> None:
    """Chance alone: as the confidence allows, 25 of 1,000, with two deviations for the draw."""
    passed = 0
    for seed in range(1000):
        rng = np.random.default_rng(1000 + seed)
        before = champion(12, rng)
        passed += judge(before, shuffled(before, rng)).passed
    assert passed <= 35
