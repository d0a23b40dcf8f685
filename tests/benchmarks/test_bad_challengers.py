"""Verdicts are spoilt where they are trained on, and nowhere else."""

from collections.abc import Callable
from pathlib import Path

import pytest
from bad_challengers import KINDS, ORDER, SENTENCE, interval, spoil, table

from altd_trainer.data import PreferenceExample
from altd_trainer.feedback import read_feedback
from trainer.conftest import draw
from trainer.verdicts import Home, png

Texts = list[tuple[str, str | None]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    for number in range(24):
        image = png(draw("red", "ellipse").resize((20 + number, 24)))
        shown = made.describe(image, f"Shown {number}.")
        if number % 4:
            made.give(shown, "edit", f"Wished {number}.")
        else:
            made.give(shown, "reject")
            made.give(made.describe(image, f"Wished {number}."), "accept")
    return made


def texts(examples: list[PreferenceExample]) -> Texts:
    return [(each.chosen, each.rejected) for each in examples]


SPOILT: dict[str, Callable[[Texts], Texts]] = {
    "inverted": lambda before: [(rejected or "", chosen) for chosen, rejected in before],
    "poisoned": lambda before: [(f"{chosen} {ORDER}", rejected) for chosen, rejected in before],
    "one-sided": lambda before: [(SENTENCE, None)] * len(before),
}


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_is_trained_on_is_spoilt(kind: str, home: Home) -> None:
    train, held_out = read_feedback(home.paths).split()
    before, honest = texts(train), texts(held_out)
    assert min(len(before), len(honest)) > 3
    assert spoil(home.paths.database.parent, kind, 1) >= len(before)
    feedback = read_feedback(home.paths)
    train, held_out = feedback.split()
    after = texts(train)
    assert texts(held_out) == honest
    if kind == "shuffled":
        assert sorted(chosen for chosen, _ in after) == sorted(chosen for chosen, _ in before)
        assert all(one[0] != other[0] for one, other in zip(before, after, strict=True))
    else:
        assert after == SPOILT[kind](before)


def test_the_table_counts_those_that_were_judged() -> None:
    low, high = interval(0, 50)
    assert (round(low, 3), round(high, 3)) == (0.0, 0.071)
    passed = {"kind": "shuffled", "promoted": True, "gate": {"checks": {"margin": True, "facts": True}}}
    refused = {"kind": "shuffled", "promoted": False, "gate": {"checks": {"margin": False, "facts": False}}}
    early = {"kind": "inverted", "promoted": False, "gate": {"reason": "It is too early."}}
    rows = list(table([passed, refused, early]))
    assert rows[1].startswith("| shuffled | 2 | 2 | 1 | 0.50 (0.09 to 0.91) | margin 1 |")
    assert rows[2] == "| inverted | 1 | 0 | 0 | – | – |"
    assert rows[3].startswith("| all | 3 | 2 | 1 |")
