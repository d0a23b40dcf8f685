"""Masks against the rule, and the configurations that a tree cannot serve."""

import pytest
import torch
from transformers import LlamaConfig, MistralConfig, Qwen2Config

from altd_trainer.tree import Branch, grow, tree_mask, tree_window

ROW = grow([Branch(0, [1, 2, 3, 4], 2), Branch(1, [1, 2, 5], 2)])  # columns: 1 2 3 4 5
ENDS, DEPTHS = torch.tensor([ROW.ends]), torch.tensor([ROW.depths])
VISIBLE = torch.tensor(
    [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 0, 0, 1]], dtype=torch.bool
)


def visible(ends: torch.Tensor, depths: torch.Tensor, window: int | None = None) -> torch.Tensor:
    return tree_mask(ends, depths, "sdpa", torch.float32, window)[0, 0] == 0


def test_a_token_sees_its_ancestors_and_itself() -> None:
    torch.testing.assert_close(visible(ENDS, DEPTHS), VISIBLE)


def test_t4_eager_attention_gets_an_additive_mask() -> None:
    mask = tree_mask(ENDS, DEPTHS, "eager", torch.float64)
    assert mask.shape == (1, 1, 5, 5)
    assert mask.dtype == torch.float64
    assert set(mask.unique().tolist()) == {torch.finfo(torch.float64).min, 0.0}
    torch.testing.assert_close(mask[0, 0] == 0, VISIBLE)


def test_t4_sdpa_gets_a_boolean_mask_off_the_cpu() -> None:
    mask = tree_mask(ENDS.to("meta"), DEPTHS.to("meta"), "sdpa", torch.float64)
    assert (mask.shape, mask.dtype) == ((1, 1, 5, 5), torch.bool)


def test_t5_padding_sees_itself_and_is_seen_by_nobody() -> None:
    ends, depths = torch.tensor([[*ROW.ends, 6, 7]]), torch.tensor([[*ROW.depths, 0, 0]])
    mask = visible(ends, depths)
    torch.testing.assert_close(mask[:5, :5], VISIBLE)
    torch.testing.assert_close(mask[5:, 5:], torch.eye(2, dtype=torch.bool))
    assert not mask[5:, :5].any()
    assert not mask[:5, 5:].any()


def test_t10_a_window_is_counted_along_the_path() -> None:
    mask = visible(ENDS, DEPTHS, window=2)
    # the last token stands three columns behind its parent, which is next to it on its path
    assert mask[4].tolist() == [False, True, False, False, True]
    assert mask[3].tolist() == [False, False, True, True, False]


def test_attention_without_a_dense_mask_is_refused() -> None:
    with pytest.raises(ValueError, match="sdpa or eager attention, not flash_attention_2"):
        tree_mask(ENDS, DEPTHS, "flash_attention_2", torch.float32)


def test_t10_windows_of_text_models() -> None:
    assert tree_window(LlamaConfig()) is None
    assert tree_window(MistralConfig(sliding_window=None)) is None
    assert tree_window(MistralConfig(sliding_window=4096)) == 4096
    assert tree_window(Qwen2Config(use_sliding_window=False)) is None


def test_t10_layers_with_and_without_a_window_are_refused() -> None:
    mixed = Qwen2Config(use_sliding_window=True, sliding_window=8, max_window_layers=1, num_hidden_layers=2)
    with pytest.raises(ValueError, match="full_attention, sliding_attention cannot run a tree"):
        tree_window(mixed)


def test_layers_that_carry_a_state_are_refused() -> None:
    hybrid = Qwen2Config(layer_types=["full_attention", "linear_attention"], num_hidden_layers=2)
    with pytest.raises(ValueError, match="linear_attention cannot run a tree"):
        tree_window(hybrid)
