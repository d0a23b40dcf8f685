"""How long texts are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from altd_trainer.metrics.words import normalise


def lengths(texts: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """`words` (without punctuation) and `characters` (Unicode code points) of each text, (N,)."""
    return {
        "words": np.array([len(normalise(text).split()) for text in texts], dtype=np.float64),
        "characters": np.array([len(text) for text in texts], dtype=np.float64),
    }
