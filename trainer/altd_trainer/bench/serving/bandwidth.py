"""The ceiling of decoding: to say one token, every weight of the language model is read once."""

import time
from pathlib import Path
from typing import Any

import torch
from torch import nn

from altd.models.loading import Quantization, best_device, load_model

_BYTES = 512 * 2**20
_TRIES = 7


def bytes_per_token(directory: Path, quantization: Quantization) -> int:
    """Bytes of the weights that one decoding step reads: the language model's, as they lie in memory.

    The vision tower speaks before the first token; of the embedding a single row is read, unless it is also
    the output layer.
    """
    model = load_model(directory, quantization, device=best_device())
    core: Any = model.model
    head, table = model.get_output_embeddings(), model.get_input_embeddings()
    tied = head is not None and head.weight.data_ptr() == table.weight.data_ptr()
    parts = [core.language_model if hasattr(core, "language_model") else core.text_model, head]
    seen: dict[int, int] = {}
    for part in filter(None, parts):
        for module in part.modules():
            for weight in module.parameters(recurse=False):
                if weight.data_ptr() != table.weight.data_ptr() or tied:
                    seen[weight.data_ptr()] = _stored(weight)
    return sum(seen.values())


def _stored(weight: nn.Parameter) -> int:
    state = getattr(weight, "quant_state", None)
    scales = 0 if state is None else state.absmax.numel() * state.absmax.element_size()
    return weight.numel() * weight.element_size() + scales


def memory_bandwidth() -> float:
    """Bytes a second that this device reads from its memory at best, for a sum that no cache holds."""
    device = best_device()
    large = torch.ones(_BYTES // 4, device=device)
    best = float("inf")
    for _ in range(_TRIES):
        start = time.perf_counter()
        large.sum().item()
        best = min(best, time.perf_counter() - start)
    return _BYTES / best
