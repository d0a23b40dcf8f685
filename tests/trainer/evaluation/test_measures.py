"""Figures of texts whose score is known."""

from dataclasses import replace

from altd_trainer.evaluation import measure, open_items


def test_true_texts_get_everything_right() -> None:
    items = open_items("synthetic:test", 12)
    figures = measure(items, [item.reference for item in items])
    assert figures["facts"].value == 1
    assert figures["invented_objects"].value == figures["invented_texts"].value == 0
    assert figures["rouge_l"].value == 1
    assert figures["cider"].value > 8  # what all references share counts nothing


def test_empty_texts_get_nothing_right() -> None:
    items = open_items("synthetic:test", 12)
    figures = measure(items, [""] * 12)
    assert figures["facts"].value == figures["rouge_l"].value == figures["cider"].value == 0
    assert "invented_objects" not in figures  # of no object at all
    assert figures["words"].value == 0


def test_without_known_facts_there_are_no_figures_of_facts() -> None:
    items = [replace(item, facts=None) for item in open_items("synthetic:test", 3)]
    names = set(measure(items, [item.reference for item in items]))
    assert not {name for name in names if name.startswith(("facts", "invented", "name"))}
    assert {"rouge_l", "bleu_4", "words"} <= names


def test_released_figures_count_case() -> None:
    items = open_items("synthetic:test", 4)
    figures = measure(items, [item.reference.upper() for item in items], released=True)
    assert figures["rouge_l"].value == 1
    assert figures["released/rouge_l"].value < 0.5
