"""Which layers learn from clicks."""

import re
from typing import Any

_LAYER = re.compile(r"(?:language_model|text_model)\.(?:.+\.)?layers\.(\d+)\.")


def train_late_layers(model: Any) -> None:
    """Let only the last third of the decoder's layers train.

    How a text is put is decided there; what is seen comes from below, and a few dozen verdicts can only
    spoil it.
    """
    numbers = {name: int(found[1]) for name, _ in model.named_parameters() if (found := _LAYER.search(name))}
    first = 2 * (max(numbers.values(), default=0) + 1) // 3
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and numbers:
            parameter.requires_grad_(numbers.get(name, -1) >= first)
