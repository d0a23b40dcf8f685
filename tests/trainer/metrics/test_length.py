"""Lengths counted by hand."""

from altd_trainer.metrics.length import lengths


def test_words_and_characters() -> None:
    found = lengths(["A red hat, it's here.", "Café — “über”", ""])
    assert found["words"].tolist() == [5, 2, 0]
    assert found["characters"].tolist() == [21, 13, 0]
