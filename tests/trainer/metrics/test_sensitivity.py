"""Log-ratios of hand-made tables."""

import numpy as np
import pytest

from altd_trainer.metrics.sensitivity import log_ratios


def test_each_swap_is_held_against_the_true_pair() -> None:
    table = [[[-1.0, -5.0], [-3.0, -6.0]]]  # rows: context true, swapped; columns: image true, swapped
    found = log_ratios(table)
    assert {name: values.tolist() for name, values in found.items()} == {
        "context": [2.0],
        "image": [4.0],
        "both": [5.0],
        "interaction": [1.0],
    }


def test_parts_that_work_by_themselves_do_not_interact() -> None:
    context, image = np.random.default_rng(0).normal(size=(2, 5, 2))
    found = log_ratios(context[:, :, None] + image[:, None, :])
    np.testing.assert_allclose(found["interaction"], 0, atol=1e-12)
    np.testing.assert_allclose(found["both"], found["context"] + found["image"])


def test_further_dimensions_stay() -> None:
    logps = np.random.default_rng(1).normal(size=(3, 2, 2, 2))
    found = log_ratios(logps)
    assert found["image"].shape == (3, 2)
    np.testing.assert_array_equal(found["image"][:, 1], log_ratios(logps[..., 1])["image"])


@pytest.mark.parametrize("shape", [(4, 2), (4, 4), (2, 2), (4, 2, 3)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="by context and image"):
        log_ratios(np.zeros(shape))
