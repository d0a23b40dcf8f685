"""The rows of one batch: what each may say, when each ends, and how probable its words were."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

MAX_NEW_TOKENS = 96


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the model said.

    Attributes:
        text: as decoded, not cleaned.
        mean_logp: mean natural log-probability of the answer's tokens, end token included.
        accepted: False when every try was one of the texts to avoid.
    """

    text: str
    mean_logp: float
    accepted: bool = True


@dataclass(frozen=True, slots=True)
class Task:
    """How to answer one prompt.

    Attributes:
        variant: 0 is the most probable answer; a higher number seeds the sampling of another one.
        accept: whether a text is new enough; asked only for variants above 0.
        cancelled: asked before every layer and after every token.
        on_text: called with the whole text so far after every token.
    """

    variant: int = 0
    max_new_tokens: int = MAX_NEW_TOKENS
    accept: Callable[[str], bool] = lambda _: True
    cancelled: Callable[[], bool] = lambda: False
    on_text: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Question:
    """A picture, a prompt about it, and how to answer."""

    image: Image.Image
    prompt: str
    task: Task


class Rows:
    """Follows a batch while it is generated: as logits processor it sees what each next token costs, as
    stopping criterion which token was taken. A row ends with its end token, at its own length, or when
    it is no longer wanted; the others go on.

    Args:
        start: length of the padded prompts.
        ends: the ids of end tokens.
    """

    def __init__(
        self, tasks: Sequence[Task], start: int, ends: set[int], decode: Callable[[list[int]], str]
    ) -> None:
        self._tasks = tasks
        self._start = start
        self._ends = ends
        self._decode = decode
        self._logps: Tensor | None = None
        self._sums = [0.0] * len(tasks)
        self._tokens: list[list[int]] = [[] for _ in tasks]
        self._open = [True] * len(tasks)

    def price(self, _input_ids: Tensor, logits: Tensor) -> Tensor:
        """Logits processor: the raw logits (B, V) pass through unchanged."""
        self._logps = logits.float().log_softmax(-1)
        return logits

    def step(self, input_ids: Tensor, _scores: Any, **_: Any) -> Tensor:
        """Stopping criterion: which rows (B,) have ended."""
        assert self._logps is not None
        newest = input_ids[:, -1:]
        taken = self._logps.gather(1, newest)[:, 0].tolist()
        for row, (token, logp) in enumerate(zip(newest[:, 0].tolist(), taken, strict=True)):
            if self._open[row]:
                self._take(row, token, logp)
        return torch.tensor([not is_open for is_open in self._open], device=input_ids.device)

    def spoken(self, row: int) -> Spoken:
        """What a row has said."""
        tokens = self._tokens[row]
        return Spoken(self._decode(tokens), self._sums[row] / max(1, len(tokens)))

    def _take(self, row: int, token: int, logp: float) -> None:
        task, tokens = self._tasks[row], self._tokens[row]
        tokens.append(token)
        self._sums[row] += logp
        task.on_text(self._decode(tokens))
        if token in self._ends or len(tokens) >= task.max_new_tokens or task.cancelled():
            self._open[row] = False
