"""Holding on to what the model knew while it learns a person's taste.

Drawn pictures with their true texts are shown beside the person's verdicts, and no token of those texts may
become less likely than it was. Replaying them as targets would teach the old form with one hand and the new
one with the other; therefore the tokens at which the person's edits leave the model's texts are let go: what
is changed there is what is to be learned. A taste changes few of them, and all others are knowledge.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from random import Random
from typing import Any

import torch
from accelerate.utils import send_to_device
from torch import Tensor

from altd_trainer.collator import DataCollatorForMCMPreference, PreferenceBatch, encode_answer
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.families import processor_family
from altd_trainer.logprobs import core_model, token_table
from altd_trainer.negatives import NegativeConfig

FIRST = -1
"""Stands for the first token of a text, whichever it is."""

_BATCH = 8


@dataclass
class Holding:
    """Drawn examples, and how likely every token of their texts was before training.

    Attributes:
        processor: the model's.
        examples: their chosen texts are held.
        let_go: tokens that are not, by `let_go`.
        weight: of this loss beside the other.
        whole: ids of examples of which nothing is let go, by `unlike`.
    """

    processor: Any
    examples: Sequence[PreferenceExample]
    let_go: Collection[int]
    weight: float = 1.0
    whole: Collection[str] = ()
    _known: list[Tensor] = field(default_factory=list)

    @torch.no_grad()
    def prepare(self, model: Any) -> None:
        """Take the model as it is now for what it knew."""
        for start in range(0, len(self.examples), _BATCH):
            batch = self._batch(model, self.examples[start : start + _BATCH])
            for logps, length in zip(token_table(model, batch)[::8], batch["lengths"], strict=True):
                self._known.append(logps[: int(length)])

    def loss(self, model: Any, step: int) -> Tensor:
        """Mean over tokens of what they lost, in nats, on the eight examples of a step; times the weight."""
        rows = Random(step).sample(range(len(self.examples)), min(_BATCH, len(self.examples)))
        batch = self._batch(model, [self.examples[row] for row in rows])
        now = token_table(model, batch)[::8]  # (B, T): the chosen text in its own prompt
        known, held = torch.zeros_like(now), torch.zeros_like(now)
        for place, row in enumerate(rows):
            tokens = self._tokens(batch, place)
            known[place, : len(tokens)] = self._known[row].to(now)
            held[place, : len(tokens)] = torch.tensor(self._held(self.examples[row], tokens)).to(now)
        lost = (known - now).clamp(min=0) * held
        return self.weight * lost.sum() / held.sum().clamp(min=1)

    def _batch(self, model: Any, examples: Sequence[PreferenceExample]) -> PreferenceBatch:
        collator = DataCollatorForMCMPreference(self.processor, NegativeConfig(), leaves=[(0, 0, 0)])
        batch: PreferenceBatch = send_to_device(collator(examples), core_model(model).device)
        return batch

    @staticmethod
    def _tokens(batch: PreferenceBatch, place: int) -> list[int]:
        own = batch["scores"][:, 3] == 8 * place
        return [int(token) for token in batch["scores"][own, 2]]

    def _held(self, example: PreferenceExample, tokens: Sequence[int]) -> list[float]:
        let_go = () if example.id in self.whole else self.let_go
        return [
            float(token not in let_go and not (at == 0 and FIRST in let_go))
            for at, token in enumerate(tokens)
        ]


def unlike(examples: Iterable[PreferenceExample], judged: Iterable[PreferenceExample]) -> set[str]:
    """Ids of the examples of a kind that a person has not judged: pictures with text in them, or without.

    Whoever looks at pictures with text alone has not asked for anything in the texts of others.
    """
    kinds = {bool(example.lines) for example in judged}
    return {example.id for example in examples if bool(example.lines) not in kinds}


def let_go(processor: Any, examples: Sequence[PreferenceExample]) -> set[int]:
    """The tokens at which a person's examples part from what the model wrote."""
    family = processor_family(processor)

    def tokens(text: str, name: str) -> list[int]:
        return encode_answer(processor.tokenizer, text, name, family)

    pairs = [(each.chosen, each.rejected, each.id) for each in examples if each.rejected is not None]
    return parting([(tokens(chosen, name), tokens(rejected, name)) for chosen, rejected, name in pairs])


def parting(pairs: Sequence[tuple[Sequence[int], Sequence[int]]], least: int = 2) -> set[int]:
    """The tokens at which a person's texts part from the model's, and `FIRST` where that is the first.

    A taste parts from a token nearly wherever it stands. Whoever mends a mistake ("two" where there is one)
    leaves it elsewhere: that is no reason to forget what two are.

    Args:
        pairs: (chosen, rejected) as tokens.
        least: pairs in which a token must part.
    """
    there: Counter[int] = Counter()
    parted: Counter[int] = Counter()
    for chosen, rejected in pairs:
        there.update({FIRST, *rejected})
        parted.update(_parted(chosen, rejected))
    return {token for token, count in parted.items() if count >= least and count > there[token] / 2}


def _parted(chosen: Sequence[int], rejected: Sequence[int]) -> set[int]:
    matcher = SequenceMatcher(None, rejected, chosen, autojunk=False)
    starts = {start for tag, start, *_ in matcher.get_opcodes() if tag != "equal" and start < len(rejected)}
    return {FIRST if start == 0 else rejected[start] for start in starts}
