"""What a machine has, and which model that is enough for."""

from __future__ import annotations

from itertools import pairwise

import pytest

from altd.models.hardware import Card, Machine, best_fit, inspect, parse_cards
from altd.models.known import KNOWN

GIB = 2**30
# The cards as nvidia-smi names them, with the memory that it reports.
SMI = "NVIDIA GeForce RTX 3060, 12288, 550.54.14\nTesla T4, 15360, 535.129.03\n[N/A], [N/A], 1\n\n"


def machine(card_gib: float | None, torch: str = "2.13.0+cu128", memory_gib: float = 16) -> Machine:
    card = None if card_gib is None else Card("A card", int(card_gib * GIB), "570.10")
    return Machine(int(memory_gib * GIB), card, None, torch)


def test_the_tools_answer() -> None:
    cards = parse_cards(SMI)
    assert [(card.name, card.memory // 2**20, card.driver) for card in cards] == [
        ("NVIDIA GeForce RTX 3060", 12288, "550.54.14"),
        ("Tesla T4", 15360, "535.129.03"),
    ]


@pytest.mark.parametrize(
    ("card_gib", "name"),
    [
        (24, "qwen3-vl-8b"),
        (10, "qwen3-vl-8b"),
        (8, "qwen3-vl-4b"),
        (6, "qwen3-vl-4b"),
        (4, "qwen3-vl-2b"),
        (2, "smolvlm2-500m"),
        (1, None),
        (None, None),
    ],
)
def test_the_best_fit(card_gib: float | None, name: str | None) -> None:
    found = best_fit(machine(card_gib))
    assert (found.name if found else None) == name


def test_the_text_of_the_table_says_no_less_than_is_needed() -> None:
    for model in KNOWN.values():
        words = model.about.split()
        sizes = [int(word) for word, unit in pairwise(words) if unit.startswith("GB")]
        for size in sizes:
            assert machine(size).fits(model)


def test_a_card_that_torch_cannot_use_does_not_count() -> None:
    assert machine(8).device == "cuda"
    assert machine(8, torch="2.13.0+cpu").device == "cpu"
    assert not machine(8, memory_gib=2).fits(KNOWN["qwen3-vl-8b"], "nf4", "cpu")


def test_this_machine() -> None:
    here = inspect()
    assert here.memory > GIB
    assert here.torch is not None
