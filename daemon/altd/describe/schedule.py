"""What the model's process does next: several hands read pictures, one of them also runs the model.

What the user looks at comes first, in reading and in answering, and alone. Other pictures are read ahead
and answered together, those of one priority at a time; while one of their batches runs and a picture that
the user looks at has been read, the batch is left and done again later.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from altd.describe.pipeline import Work
from altd.engine.protocol import Activate

_RANK = {"focused": 0, "visible": 1, "ahead": 2}
_TOGETHER = {"focused": 4, "visible": 8, "ahead": 4}
_MAX_LEFT = 2  # a batch with a picture that was left twice runs to its end


@dataclass(slots=True, eq=False)
class Piece:
    """A picture on its way; `left` counts the batches that were left with it in them."""

    work: Work
    number: int
    left: int = 0

    @property
    def order(self) -> tuple[int, int]:
        """Its place: by priority, then by age."""
        return _RANK[self.work.ask.priority], self.number


@dataclass(slots=True)
class Step:
    """What one hand does next: read one piece, answer several, or change the adapter.

    Attributes:
        beside: with an answer, how many pictures wait to be read or are read meanwhile.
    """

    kind: Literal["read", "answer", "activate"]
    pieces: list[Piece] = field(default_factory=list)
    activate: Activate | None = None
    beside: int = 0


class Schedule:
    """The pieces in this process, shared by its threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._numbers = count()
        self._unread: list[Piece] = []
        self._reading: list[Piece] = []
        self._read: list[Piece] = []
        self._activations: list[tuple[int, Activate]] = []

    def add(self, work: Work) -> None:
        """Take in a picture."""
        with self._changed:
            self._unread.append(Piece(work, next(self._numbers)))
            self._changed.notify_all()

    def add_activation(self, message: Activate) -> None:
        """Take in a change of adapter: what came before it is answered first, what comes after waits."""
        with self._changed:
            self._activations.append((next(self._numbers), message))
            self._changed.notify_all()

    def take(self, *, with_model: bool) -> Step:
        """Wait for something to do; only the thread that has the model may answer."""
        with self._changed:
            while True:
                step = (self._model_step() if with_model else None) or self._read_step()
                if step is not None:
                    return step
                self._changed.wait()

    def has_read(self, piece: Piece, *, to_answer: bool) -> None:
        """A piece is read; without `to_answer` it is done."""
        with self._changed:
            self._reading.remove(piece)
            if to_answer:
                self._read.append(piece)
            self._changed.notify_all()

    def give_back(self, pieces: list[Piece]) -> None:
        """A batch was left for something more urgent."""
        with self._changed:
            for piece in pieces:
                piece.left += 1
            self._read.extend(pieces)
            self._changed.notify_all()

    def gives_way(self, pieces: list[Piece]) -> bool:
        """Whether a batch should be left: the user looks at a picture that has been read."""
        if any(piece.left >= _MAX_LEFT or not piece.order[0] for piece in pieces):
            return False
        with self._changed:
            return any(not piece.order[0] for piece in self._before_change(self._read))

    def _read_step(self) -> Step | None:
        if not self._unread:
            return None
        piece = min(self._unread, key=lambda piece: piece.order)
        self._unread.remove(piece)
        self._reading.append(piece)
        return Step("read", [piece])

    def _model_step(self) -> Step | None:
        """A batch, when it is urgent or full or there is nothing left to read for it; or a change."""
        ready = sorted(self._before_change(self._read), key=lambda piece: piece.order)
        unread = self._before_change(self._unread)
        if not ready:
            if self._activations and not unread and not self._before_change(self._reading):
                return Step("activate", activate=self._activations.pop(0)[1])
            return None
        first = ready[0]
        priority = first.work.ask.priority
        batch = [piece for piece in ready if piece.work.ask.priority == priority and _joins(piece, first)]
        batch = batch[: _TOGETHER[priority]]
        full = len(batch) == _TOGETHER[priority] or first.work.ask.variant
        if unread and priority != "focused" and not full:
            return None  # this hand reads, too
        for piece in batch:
            self._read.remove(piece)
        return Step("answer", batch, beside=len(self._reading) + len(self._unread))

    def _before_change(self, pieces: list[Piece]) -> list[Piece]:
        """Those that came before the next change of adapter."""
        if not self._activations:
            return pieces
        return [piece for piece in pieces if piece.number < self._activations[0][0]]


def _joins(piece: Piece, first: Piece) -> bool:
    """Whether a piece may be answered together with the first: both ask for the most probable text."""
    return piece is first or not (piece.work.ask.variant or first.work.ask.variant)
