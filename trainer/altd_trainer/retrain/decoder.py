"""Which layers learn from clicks."""

import re
from typing import Any

_LAYER = re.compile(r"(?:language_model|text_model)\.(?:.+\.)?layers\.\d+\.")


def train_decoder(model: Any) -> None:
    """Let only the decoder's layers train: what is seen comes from below, and few verdicts can only spoil it.

    The last third of them alone, which was tried as well, learns a taste in one sign, but no taste that needs
    another word for every kind of picture.
    """
    trains = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    layers = [name for name in trains if _LAYER.search(name)]
    for name, parameter in model.named_parameters():
        if layers and parameter.requires_grad and name not in layers:
            parameter.requires_grad_(False)
