"""What a model makes of held-out pairs: how likely it finds their texts, and what it writes itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from nltk.metrics.distance import edit_distance
from numpy.typing import NDArray

from altd_trainer.collator import OWN_PAIR, DataCollatorForMCMPreference
from altd_trainer.data.images import load_image
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.generation import Question, answer
from altd_trainer.logprobs import leaf_logps
from altd_trainer.negatives import NegativeConfig

_BATCH = 8


@dataclass(frozen=True)
class Written:
    """What a model writes for examples, and how near that is to what was chosen.

    Attributes:
        texts: one for each example.
        agreement: (N,) similarity to the better text, less that to the worse one where there is one.
    """

    texts: tuple[str, ...]
    agreement: NDArray[np.float64]


@torch.inference_mode()
def pair_margins(model: Any, processor: Any, pairs: Sequence[PreferenceExample]) -> NDArray[np.float64]:
    """(log p(chosen) - log p(rejected)) / mean length (N,), in nats per token, for own image and context.

    A sum over tokens would let the longest pairs decide; each text's own mean would find a text likelier
    for being longer. Divided by the mean of both lengths, the sign is that of the sums.
    """
    collator = DataCollatorForMCMPreference(processor, NegativeConfig(), leaves=OWN_PAIR)
    margins = []
    for pair in pairs:
        batch = collator([pair])
        logps = leaf_logps(model, batch)[0, 0, 0]
        tokens = len(batch["scores"]) / 2  # of both answers
        margins.append(float(logps[0] - logps[1]) / tokens)
    return np.array(margins)


def write_for(model: Any, processor: Any, examples: Sequence[PreferenceExample]) -> Written:
    """Let a model describe the examples' images in their posts, greedily."""
    questions = [Question(load_image(each), each.context, each.lines) for each in examples]
    texts = tuple(answer(model, processor, questions, _BATCH))
    return Written(texts, np.array([agreement(*each) for each in zip(texts, examples, strict=True)]))


def agreement(text: str, example: PreferenceExample) -> float:
    """How much nearer a text is to the better than to the worse text of an example, from -1 to 1."""
    nearer = similarity(text, example.chosen)
    return nearer if example.rejected is None else nearer - similarity(text, example.rejected)


def similarity(one: str, other: str) -> float:
    """1 less the share of words that must change to make one text of the other."""
    ours, theirs = one.split(), other.split()
    return 1 - float(edit_distance(ours, theirs)) / max(len(ours), len(theirs), 1)
