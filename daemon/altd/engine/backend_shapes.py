"""The few shapes that a compiled model meets: rows and prompts are filled up to them, all are met before use.

transformers compiles the step of one token where keys and values stand in tensors of fixed size. Each new
number of rows and each longer cache is compiled anew, for many seconds, in which somebody would wait.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Sequence

import torch
from PIL import Image
from torch import Tensor, nn

from altd.engine.backend_rows import MAX_NEW_TOKENS, Question, Task
from altd.engine.backend_vision import MAX_SIDE
from altd.errors import where

ROWS = (8, 4, 2, 1)
"""Rows of a batch; no more than the first are ever asked for together (`altd.describe.schedule`)."""

LONGEST_ANSWER = 2 * MAX_NEW_TOKENS
STEPS = 4
"""Tokens of a warm-up: the first comes with the picture, then one is compiled, one recorded, one replayed."""

_LENGTH = 64  # prompts are padded to multiples of it
_log = logging.getLogger("altd.backend")


def filled(questions: Sequence[Question]) -> list[Question]:
    """The questions and as many copies of the last as the next shape has rows; a copy says one token."""
    rows = min((number for number in ROWS if number >= len(questions)), default=len(questions))
    copy = Question(questions[-1].image, questions[-1].prompt, Task(max_new_tokens=1))
    return [*questions, *[copy] * (rows - len(questions))]


def padded(ids: Tensor, mask: Tensor, pad: int) -> tuple[Tensor, Tensor]:
    """Token ids and mask (B, T), filled up on the left to the next prompt length."""
    gap = -ids.shape[1] % _LENGTH
    return nn.functional.pad(ids, (gap, 0), value=pad), nn.functional.pad(mask, (gap, 0))


def compile_all(
    speak: Callable[[Sequence[Question]], object], prompt: str, tell: Callable[[float], None]
) -> int:
    """Answer once with each number of rows.

    What was compiled before is dropped: another adapter is other code, and torch keeps only so many pieces.

    Returns:
        how many rows there is memory for. 0 where nothing can be compiled, as on many machines without
        developer tools: there the model answers more slowly.
    """
    torch.compiler.reset()
    most = 1
    for done, rows in enumerate(ROWS, start=1):
        try:
            speak([_longest(prompt) for _ in range(rows)])
        except torch.OutOfMemoryError:
            _log.warning("no memory for %d pictures at once", rows)
        except Exception as error:  # noqa: BLE001 - a compiler fails in many ways
            _log.warning("nothing is compiled here: %s", where(error))
            return 0
        else:
            most = max(most, rows)
        free_memory()
        tell(done / len(ROWS))
    return most


def free_memory() -> None:
    """Give back what no tensor uses."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _longest(prompt: str) -> Question:
    """About the largest picture, with room for the longest answer, which ends after a few tokens."""
    said: list[str] = []
    task = Task(max_new_tokens=LONGEST_ANSWER, cancelled=lambda: len(said) >= STEPS, on_text=said.append)
    return Question(Image.new("RGB", (MAX_SIDE, MAX_SIDE), "grey"), prompt, task)
