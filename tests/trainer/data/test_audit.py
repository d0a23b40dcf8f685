"""The audit tells style from none."""

import random

import pytest

from altd_trainer.data.audit import audit

WORDS = "cat dog bowl lamp tree house river cloud stone bird".split()


def pairs(style: str, count: int = 100) -> list[tuple[str, str]]:
    draw = random.Random(7)

    def text() -> str:
        return " ".join(draw.choices(WORDS, k=draw.randint(5, 9)))

    return [(text(), _styled(text(), style)) for _ in range(count)]


def _styled(text: str, style: str) -> str:
    changed = {"first word": f"a {text}", "length": f"{text} {text}", "case": text.title()}
    return changed.get(style, f"{text}." if style == "final full stop" else text)


@pytest.mark.parametrize("style", ["first word", "length", "case", "final full stop"])
def test_each_style_is_found_on_pairs_not_learned_from(style: str) -> None:
    found = audit(pairs(style))
    areas = {one.feature: one for one in found.features}
    assert areas[style].tells
    assert areas["all together"].tells
    assert f"{style} (" in found.sentence()
    assert found.sentence().startswith("Style alone tells chosen from rejected in 100 pairs")


def test_no_style_is_found_where_there_is_none() -> None:
    found = audit(pairs("none"))
    assert not any(one.tells for one in found.features)
    assert "does not tell" in found.sentence()
