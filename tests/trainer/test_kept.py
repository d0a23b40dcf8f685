"""Figures that are computed once: what is read, and when they are computed anew."""

from pathlib import Path

import pytest
import torch

from altd_trainer.kept import kept

FIGURES = [torch.tensor([0.1, -7.0]), torch.zeros(2, 2, 2)]


def test_they_are_computed_once_and_read_to_the_last_bit(tmp_path: Path) -> None:
    file, computed = tmp_path / "new" / "figures.safetensors", []

    def compute() -> list[torch.Tensor]:
        computed.append(1)
        return FIGURES

    for _ in range(3):
        assert all(map(torch.equal, kept(file, ["a", "b"], compute), FIGURES))
    assert len(computed) == 1
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("names", [["a", "c"], ["b", "a"], ["a"], []])
def test_those_of_other_examples_are_not_taken(tmp_path: Path, names: list[str]) -> None:
    file = tmp_path / "figures.safetensors"
    kept(file, ["a", "b"], lambda: FIGURES)
    other = [torch.full((1,), float(number)) for number in range(len(names))]
    assert len(kept(file, names, lambda: other)) == len(names)
    assert all(map(torch.equal, kept(file, names, lambda: FIGURES), other))


@pytest.mark.parametrize("damaged", [b"", b"no such file", b"\xff" * 64])
def test_a_damaged_file_is_written_anew(tmp_path: Path, damaged: bytes) -> None:
    file = tmp_path / "figures.safetensors"
    file.write_bytes(damaged)
    for _ in range(2):
        assert all(map(torch.equal, kept(file, ["a", "b"], lambda: FIGURES), FIGURES))
