"""docs/evaluation.md names every option of the command and every key of the results file."""

from pathlib import Path

import click
import pytest

from altd_trainer.evaluation import open_items
from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.command import evaluate
from altd_trainer.evaluation.labels import FIGURES
from altd_trainer.evaluation.results import evaluated

PAGE = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", [o.opts[0] for o in evaluate.params if isinstance(o, click.Option)])
def test_every_option(option: str) -> None:
    assert f"`{option}" in PAGE or option == "--served"  # the default


def test_every_key_of_the_results_file() -> None:
    items = open_items("synthetic:test", 2)
    content = evaluated("model", "digest", {}, items, [Answer("A cat."), Answer("A dog.")]).as_json()
    for key in [*content, *content["rows"][0], *content["rows"][0]["answer"]]:
        assert f"`{key}`" in PAGE, key


def test_every_figure_has_words() -> None:
    items = open_items("synthetic:test", 40)
    texts = [item.reference for item in items]
    assert set(evaluated("m", "d", {}, items, [Answer(text) for text in texts]).metrics) <= set(FIGURES)
