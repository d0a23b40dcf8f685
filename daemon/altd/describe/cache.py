"""Answers that were given before, the least recently used leaving first."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import astuple, dataclass

from altd.describe.job import DescriptionRequest, DescriptionResult


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who would answer: a change in any of these makes older answers unusable."""

    model: str
    generation: str | None
    prompt_version: int


def cache_key(
    image_sha256: str,
    request: DescriptionRequest,
    answerer: Answerer,
    *,
    variant: int = 0,
    avoid: tuple[str, ...] = (),
) -> str:
    """A key from everything that the answer depends on; the priority is not part of it.

    The parts are joined by `repr`, which quotes every string, so that no two different requests share a key.
    """
    parts = (
        image_sha256,
        astuple(request.context),
        request.detail,
        request.language,
        variant,
        avoid,
        astuple(answerer),
    )
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


class AnswerCache:
    """A bounded mapping from `cache_key` to results, in memory only."""

    def __init__(self, limit: int = 512) -> None:
        self._limit = limit
        self._answers: OrderedDict[str, DescriptionResult] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: str) -> DescriptionResult | None:
        """The answer under this key, which thereby becomes the most recently used."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def clear(self) -> None:
        """Forget all answers."""
        self._answers.clear()

    def put(self, key: str, answer: DescriptionResult) -> None:
        """Remember an answer; the least recently used one goes when the limit is passed."""
        self._answers[key] = answer
        self._answers.move_to_end(key)
        while len(self._answers) > self._limit:
            self._answers.popitem(last=False)
