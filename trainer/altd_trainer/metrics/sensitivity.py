"""How much a text depends on its post and its picture: log-probabilities with true and swapped ones."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def log_ratios(logps: ArrayLike) -> dict[str, NDArray[np.float64]]:
    """log p(text | true) - log p(text | swapped), in nats, for each text.

    Above zero the model finds the text more probable where it belongs. `context` swaps the post alone,
    `image` the picture alone, `both` both. `interaction` is what the post tells with the true picture beyond
    what it tells with a swapped one; for a model that weighs the two by themselves it is zero.

    Args:
        logps: (N, 2, 2, ...) log-probabilities by context and image, 0 true and 1 swapped, as
            `leaf_logps` gives them; further dimensions, such as the response, stay.

    Returns:
        (N, ...) by name.

    Raises:
        ValueError: for another shape.
    """
    array = np.asarray(logps, dtype=np.float64)
    if array.ndim < 3 or array.shape[1:3] != (2, 2):
        raise ValueError(f"log-probabilities of shape {array.shape} are not by context and image")
    true, other_image = array[:, 0, 0], array[:, 0, 1]
    other_context, neither = array[:, 1, 0], array[:, 1, 1]
    return {
        "context": true - other_context,
        "image": true - other_image,
        "both": true - neither,
        "interaction": (true - other_context) - (other_image - neither),
    }
