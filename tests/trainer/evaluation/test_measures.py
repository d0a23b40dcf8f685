"""Figures of texts whose score is known."""

from altd_trainer.evaluation import measure, open_items


def test_true_texts_get_everything_right() -> None:
    items = open_items("synthetic:test", 12)
    figures = measure(items, [item.reference for item in items])
    assert figures["facts"].value == 1
    assert figures["invented"].value == 0
    assert figures["rouge_l"].value == 1
    assert figures["cider"].value > 8  # what all references share counts nothing


def test_empty_texts_get_nothing_right() -> None:
    items = open_items("synthetic:test", 12)
    figures = measure(items, [""] * 12)
    assert figures["facts"].value == figures["rouge_l"].value == figures["cider"].value == 0
    assert "invented" not in figures


def test_released_figures_count_case() -> None:
    items = open_items("synthetic:test", 4)
    figures = measure(items, [item.reference.upper() for item in items], released=True)
    assert figures["rouge_l"].value == 1
    assert figures["released/rouge_l"].value < 0.5
