"""Who sees whom in a tree, in the form that the model's attention takes."""

from typing import Any

import torch
from torch import Tensor


def tree_mask(
    ends: Tensor, depths: Tensor, attention: str, dtype: torch.dtype, window: int | None = None
) -> Tensor:
    """The mask (R, 1, L, L) of rows that `grow` laid out.

    It is explicit: without one, transformers takes restarting positions for packed sequences and cuts the
    prefix off. A column of padding, whose end is the next column, sees itself and is seen by no other: a
    row of the mask without any True would be NaN after the softmax.

    Args:
        ends: (R, L) one past the last column below each column.
        depths: (R, L) ancestors of each column.
        attention: `sdpa` takes True for "may attend", `eager` adds the mask to the scores. On a CPU
            sdpa gets the additive form as well: it would make one, and keep it, in every layer.
        dtype: of the model, for the additive form.
        window: how many tokens of its own path a token sees, itself included; None for all.

    Raises:
        ValueError: for an attention that takes no such mask.
    """
    columns = torch.arange(ends.shape[1], device=ends.device)
    queries, keys = columns[:, None], columns[None, :]
    allowed = (keys <= queries) & (queries < ends[:, None, :])
    if window is not None:
        # in depths, not columns: between a token and its ancestor other branches may stand
        allowed &= depths[:, :, None] - depths[:, None, :] < window
    allowed = allowed[:, None]
    if attention not in ("sdpa", "eager"):
        raise ValueError(f"a tree needs sdpa or eager attention, not {attention}: take layout vision_shared")
    if attention == "sdpa" and ends.device.type != "cpu":
        return allowed
    hidden = torch.full_like(allowed, torch.finfo(dtype).min, dtype=dtype)
    return hidden.masked_fill(allowed, 0)


def tree_window(text: Any) -> int | None:
    """The sliding window of a text model's layers; None when they see everything.

    Args:
        text: the configuration of the text model.

    Raises:
        ValueError: for layers that carry a state from token to token (it would run across branches), and
            for a mixture of layers with and without a window.
    """
    kinds = set(getattr(text, "layer_types", None) or ())
    window = getattr(text, "sliding_window", None)
    if kinds == {"full_attention"}:
        return None
    if not kinds or kinds == {"sliding_attention"}:
        return None if window is None else int(window)
    raise ValueError(
        f"layers of kind {', '.join(sorted(kinds))} cannot run a tree: take layout vision_shared or rows"
    )
