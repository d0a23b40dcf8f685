"""Known pictures stay known; others are far away."""

from pathlib import Path

import torch

from altd.models.familiarity import Familiarity


def features(count: int, seed: int, shift: float = 0.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(16, 16, generator=torch.Generator().manual_seed(0))
    return torch.randn(count, 16, generator=generator) @ mixing + shift


def test_distance_is_the_mahalanobis_distance() -> None:
    fitted = Familiarity(torch.tensor([1.0, 2.0]), torch.diag(torch.tensor([4.0, 0.25])), 1.0)
    assert torch.allclose(fitted.score(torch.tensor([[2.0, 2.0], [1.0, 6.0]])), torch.tensor([2.0, 2.0]))


def test_one_in_a_hundred_held_out_pictures_is_unknown_and_strange_ones_are() -> None:
    fitted = Familiarity.fit(features(2000, 1), features(1000, 2))
    assert 0.985 <= fitted.knows(features(1000, 2)).float().mean() <= 0.995
    assert not fitted.knows(features(100, 3, shift=30.0)).any()


def test_a_saved_one_answers_the_same(tmp_path: Path) -> None:
    fitted = Familiarity.fit(features(500, 1), features(200, 2))
    fitted.save(tmp_path)
    loaded = Familiarity.load(tmp_path)
    assert loaded is not None
    assert torch.equal(loaded.knows(features(50, 4)), fitted.knows(features(50, 4)))
    assert Familiarity.load(tmp_path / "nothing") is None
