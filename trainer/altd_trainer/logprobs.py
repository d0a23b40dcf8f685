"""Log-probabilities of the combinations in a batch, whatever its layout.

Only tokens that are scored go through the vocabulary, each predecessor once: the head sees their hidden
states and nothing else. The model is called as a whole, so wrappers (adapters, data parallelism) see the
call. All layouts give the same numbers up to rounding; a policy and its reference must use the same one,
so that rounding cancels as well.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from altd_trainer.collator import Layout, PreferenceBatch
from altd_trainer.families import Family, Vision, family_of
from altd_trainer.tree import tree_mask, tree_window

__all__ = ["AnswerLogits", "Layout", "LeafScores", "core_model", "leaf_logps", "leaf_scores", "token_table"]


@dataclass(frozen=True)
class AnswerLogits:
    """What the model says at the tokens of both answers, for the example's own image and context.

    Attributes:
        logits: (A, V) at their predecessors.
        answers: (A,) example * 2 + response of each.
    """

    logits: Tensor
    answers: Tensor


@dataclass(frozen=True)
class LeafScores:
    """Log-probabilities (B, 2, 2, 2) [context, image, response] in nats, and logits if asked for."""

    logps: Tensor
    logits: AnswerLogits | None = None


def leaf_logps(model: Any, batch: PreferenceBatch) -> Tensor:
    """Summed log-probabilities (B, 2, 2, 2) [context, image, response] in nats, float32 or float64.

    The entries of a missing rejected response, and of combinations that were not laid out, are 0.
    """
    return leaf_scores(model, batch).logps


def leaf_scores(model: Any, batch: PreferenceBatch, *, logits: bool = False) -> LeafScores:
    """As `leaf_logps`; with `logits` also those of both answers, for a divergence over the vocabulary."""
    table, made, place = _tokens(model, batch)
    sums = table.sum(dim=1).view(-1, 2, 2, 2)
    if not logits:
        return LeafScores(sums)
    leaves = batch["scores"][:, 3]
    own = leaves % 8 < 2
    answers = leaves[own] // 8 * 2 + leaves[own] % 8
    return LeafScores(sums, AnswerLogits(made[place[own]], answers))


def token_table(model: Any, batch: PreferenceBatch) -> Tensor:
    """Log-probabilities (8B, T) of each combination's tokens in order, 0 behind its end."""
    return _tokens(model, batch)[0]


def _tokens(model: Any, batch: PreferenceBatch) -> tuple[Tensor, Tensor, Tensor]:
    """That table, the logits (N, V) that it was made from, and the place (P,) of each scored token there."""
    rows, columns, targets, leaves, ordinals = batch["scores"].unbind(dim=1)
    scored = torch.zeros_like(batch["attention_mask"], dtype=torch.bool)
    scored[rows, columns] = True
    output = model(
        input_ids=batch["input_ids"], logits_to_keep=scored, use_cache=False, **_inputs(model, batch)
    )
    made = output.logits  # (positions, V): one for each predecessor, in the order of rows and columns
    place = (scored.flatten().cumsum(0) - 1)[rows * scored.shape[1] + columns]
    logps = token_logps(made, place, targets) * batch["score_weights"].to(made.device)
    # one cell for each token, then a sum: adding into a leaf in any order would round in any order
    table = logps.new_zeros(8 * len(batch["has_rejected"]), int(ordinals.max()) + 1)
    return table.index_put((leaves, ordinals), logps), made, place


def token_logps(logits: Tensor, place: Tensor, targets: Tensor) -> Tensor:
    """Log-probabilities (P,) of target tokens.

    Args:
        logits: (N, V).
        place: (P,) which of them predicts each target.
        targets: (P,) token ids.

    Returns:
        float32, also for half-precision logits, whose sums would lose digits; float64 stays.
    """
    logps: Tensor = _TokenLogps.apply(logits, place, targets)  # type: ignore[no-untyped-call]
    return logps


class _TokenLogps(torch.autograd.Function):
    """Keeps the logits and makes their gradient, and no third tensor of that size (nor one in float32)."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, place: Tensor, targets: Tensor) -> Tensor:
        scales = torch.cat([_wide(part).logsumexp(-1) for part in torch.split(logits, _AT_ONCE)])
        ctx.save_for_backward(logits, scales, place, targets)
        return logits[place, targets].to(scales.dtype) - scales[place]

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        logits, scales, place, targets = ctx.saved_tensors
        totals = torch.zeros_like(scales).index_add(0, place, gradient)
        made = torch.empty_like(logits)
        for start in range(0, len(logits), _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            part = _wide(logits[rows]).sub(scales[rows, None]).exp_().mul_(-totals[rows, None])
            own = (place >= start) & (place < start + _AT_ONCE)
            part.index_put_((place[own] - start, targets[own]), gradient[own], accumulate=True)
            made[rows] = part
        return made, None, None


_AT_ONCE = 32  # rows of the vocabulary that are worked on together


def _wide(logits: Tensor) -> Tensor:
    return logits.float() if logits.dtype in (torch.float16, torch.bfloat16) else logits


def core_model(model: Any) -> Any:
    """The model with the head, without what is wrapped around it."""
    model = getattr(model, "module", model)
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _inputs(model: Any, batch: PreferenceBatch) -> dict[str, Any]:
    """Everything that the model is called with beside the tokens."""
    core = core_model(model)
    family = family_of(core.config)
    vision = {
        name: values.to(core.dtype) if values.is_floating_point() else values
        for name, values in batch["vision"].items()
    }
    if batch["layout"] == "tree":
        return {**vision, **_tree_inputs(core, family, batch, vision)}
    shown = family.take_images(vision, batch["row_images"])
    inputs = {
        "attention_mask": batch["attention_mask"],
        **family.row_inputs(batch["input_ids"], shown, core.config),
    }
    if batch["layout"] == "rows":
        return {**shown, **inputs}
    return {**inputs, "mm_encoder_outputs": {"image": _features(core, vision, batch["row_images"])}}


def _tree_inputs(core: Any, family: Family, batch: PreferenceBatch, vision: Vision) -> dict[str, Tensor]:
    text = core.config.get_text_config()
    ends, depths = batch["ends"], batch["depths"]
    return {
        "attention_mask": tree_mask(ends, depths, text._attn_implementation, core.dtype, tree_window(text)),
        "position_ids": family.tree_positions(core, batch["input_ids"], depths, vision),
    }


def _features(core: Any, vision: Vision, row_images: Tensor) -> Any:
    """What the tower makes of each picture, computed once and shown in every row that wants it."""
    output = core.get_image_features(**vision, return_dict=True)
    index = row_images.tolist()
    output.pooler_output = [output.pooler_output[at] for at in index]
    if getattr(output, "deepstack_features", None) is not None:  # Qwen3-VL adds some to early layers
        output.deepstack_features = [[layer[at] for at in index] for layer in output.deepstack_features]
    return output
