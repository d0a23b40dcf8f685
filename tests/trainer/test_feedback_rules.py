"""What clicks weigh, how that ages, and that the document's table says the same."""

import re
from pathlib import Path

import pytest

from altd.paths import Paths
from altd_trainer.feedback import RULES, Ageing, edit_weight, read_feedback

from .conftest import draw
from .verdicts import Home, png

PAGE = (Path(__file__).parents[2] / "docs" / "learning.md").read_text(encoding="utf-8")
RED = png(draw("red", "ellipse"))


def test_the_document_has_every_rule_with_its_weight() -> None:
    section = PAGE.split("## What a click teaches\n", 1)[1].split("\n## ", 1)[0]
    rows = [re.split(r"\s*\|\s*", line.strip("| ")) for line in section.splitlines() if line.startswith("|")]
    said = {row[0]: (row[1].strip("`"), row[2]) for row in rows[2:]}
    assert said == {
        rule.event: (
            rule.evidence or "–",
            "–"
            if rule.evidence is None
            else f"{rule.least:g}"
            if rule.least == rule.most
            else f"{rule.least:g} to {rule.most:g}",
        )
        for rule in RULES
    }


@pytest.mark.parametrize(
    ("shown", "written", "weight"),
    [
        ("A red apple on a table.", "A red apple on a desk.", 0.5 + 0.5 / 6),
        ("A red apple.", "Two blue boats.", 1.0),
        ("A thing.", "A thing", 0.75),
        ("", "A boat.", 1.0),
        ("A red apple.", "A red apple, which lies on a white table.", 0.5 + 0.5 * 7 / 9),
    ],
)
def test_an_edit_weighs_what_it_changed(shown: str, written: str, weight: float) -> None:
    assert edit_weight(shown, written) == pytest.approx(weight)


def weights(home: Home) -> dict[str, float]:
    return {example.evidence: example.weight for example in read_feedback(home.paths).examples}


def test_examples_have_the_weight_of_their_rule(tmp_path: Path) -> None:
    home = Home(tmp_path)
    blue, green, black = (png(draw(colour, "ellipse")) for colour in ("blue", "green", "black"))
    home.give(home.describe(RED, "A thing."), "reject")
    home.give(home.describe(RED, "A red circle."), "accept")
    home.give(home.describe(blue, "A blue circle."), "prefer", over=home.describe(blue, "A thing."))
    home.give(home.describe(green, "A green circle."), "accept")
    home.give(home.describe(black, "A black dot."), "edit", "A black circle.")
    of_rules = {rule.evidence: (rule.least, rule.most) for rule in RULES if rule.evidence}
    found = weights(home)
    # all four texts are g0001's, and no generation is active: it is one that is not known here
    assert found.pop("accepted") == of_rules["accepted"][0]
    assert found.pop("edit") == pytest.approx((0.5 + 0.5 / 3) * 0.25)
    assert found == {"regenerated": 0.25, "preferred": 0.25}


def test_every_training_between_halves_a_pair() -> None:
    ageing = Ageing("g0004", {"g0001": "", "g0002": "g0001", "g0003": "g0002", "g0004": "g0002"})
    assert [ageing.weight(each) for each in ("g0004", "g0002", "g0001", "", "g0003")] == [
        1.0,
        0.5,
        0.25,
        0.25,
        0.25,  # one back and one forth on another branch
    ]
    assert ageing.weight("g0004", "g0002") == 0.5
    assert ageing.weight("g0099") == 0.25
    assert Ageing().weight("") == 1.0


def test_lines_that_go_round_in_circles_end() -> None:
    assert Ageing("a", {"a": "b", "b": "a"}).weight("b") == 0.5


def test_a_home_without_generations_has_none_to_age_by(tmp_path: Path) -> None:
    assert Ageing.of(Paths.under(tmp_path)) == Ageing()
