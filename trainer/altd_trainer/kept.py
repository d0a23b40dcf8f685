"""Figures that a training computes once; a run that goes on after a stop reads them.

Computed anew they can differ in the last bit, as the order of a vectorised sum depends on where in memory its
numbers lie, and the training would not end with the parameters of one that was never stopped.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor


def kept(file: Path, names: Sequence[str], compute: Callable[[], Sequence[Tensor]]) -> list[Tensor]:
    """One tensor for each name, from the file if it has just these, else computed and written there.

    Args:
        names: of the examples that the tensors are of, in order.
    """
    known = _read(file, names)
    if known is not None:
        return known
    made = list(compute())
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    numbered = {str(number): tensor.cpu().contiguous() for number, tensor in enumerate(made)}
    save_file(numbered, part, {"names": json.dumps(list(names))})
    part.replace(file)
    return made


def _read(file: Path, names: Sequence[str]) -> list[Tensor] | None:
    try:
        with safe_open(file, framework="pt") as content:
            if json.loads((content.metadata() or {}).get("names", "null")) != list(names):
                return None
            return [content.get_tensor(str(number)) for number in range(len(names))]
    except (OSError, SafetensorError, ValueError):
        return None
