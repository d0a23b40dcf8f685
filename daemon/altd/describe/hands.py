"""The work inside the model's process: pictures are read by several threads and answered in batches."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from altd.describe.pipeline import Pipeline, Work
from altd.describe.reading import Clock
from altd.describe.schedule import Piece, Schedule
from altd.engine.backend import GaveWay
from altd.engine.child import Inbox, Line
from altd.engine.protocol import Activate, Activated, Describe, Described, Failed, FromChild, Progress
from altd.errors import AltdError, where

_MAX_HANDS = 4  # threads that read pictures: more of them than the model's batches wait for gain nothing
_log = logging.getLogger("altd.worker")


class Hands:
    """The threads of the model's process.

    One listens, some read pictures, and the main one reads too and has the model; `Schedule` says what each
    does next.

    Args:
        threads: of the processor, shared by all: the model computes with those that no other hand needs.
        worked: called after each piece of work.
    """

    def __init__(
        self, pipeline: Pipeline, inbox: Inbox, line: Line, threads: int, worked: Callable[[], None]
    ) -> None:
        self._threads = threads
        self._others = min(threads, _MAX_HANDS) - 1
        self._pipeline = pipeline
        self._inbox = inbox
        self._line = line
        self._worked = worked
        self._schedule = Schedule()

    def run(self) -> None:
        """Work for ever; this thread reads pictures, too, and is the one that has the model."""
        for target in (self._take_in, *[self._read_only] * self._others):
            threading.Thread(target=target, name="altd-hand", daemon=True).start()
        while True:
            step = self._schedule.take(with_model=True)
            if step.activate is not None:
                self._finish(step.activate.id, self._activated(step.activate))
            elif step.kind == "read":
                self._read(step.pieces[0])
            else:
                # a second thread of the model's saves less time than it takes from one that reads
                self._pipeline.use_threads(self._threads - min(self._others, step.beside))
                self._answer(step.pieces)

    def _take_in(self) -> None:
        while True:
            message, body = self._inbox.next()
            if isinstance(message, Activate):
                self._schedule.add_activation(message)
            elif isinstance(message, Describe):
                self._schedule.add(self._work(message, body))
            else:
                self._line.send(Failed(id=message.id, code="engine_failed"))

    def _work(self, ask: Describe, data: bytes) -> Work:
        return Work(
            ask,
            data,
            Clock(lambda: self._inbox.cancelled(ask.id)),
            lambda step, text: self._line.send(Progress(id=ask.id, step=step, text=text)),
        )

    def _read_only(self) -> None:
        while True:
            self._read(self._schedule.take(with_model=False).pieces[0])

    def _read(self, piece: Piece) -> None:
        answer: FromChild | None
        try:
            answer = self._pipeline.read(piece.work)
        except AltdError as error:
            answer = Failed(id=piece.work.ask.id, code=error.code)
        except Exception as error:  # noqa: BLE001 - every request gets an answer
            answer = self._broken(piece.work.ask.id, error)
        if answer is not None:
            self._finish(piece.work.ask.id, answer)
        self._schedule.has_read(piece, to_answer=answer is None)

    def _answer(self, pieces: list[Piece]) -> None:
        works = [piece.work for piece in pieces]
        try:
            answers = self._pipeline.answer(works, lambda: self._schedule.gives_way(pieces))
        except GaveWay:
            self._schedule.give_back(pieces)
            return
        except Exception as error:  # noqa: BLE001 - every request gets an answer
            for work in works:
                self._finish(work.ask.id, self._broken(work.ask.id, error))
            if self._pipeline.device != "cpu":  # a CUDA context that failed once fails for ever
                raise SystemExit(1) from None  # only a new process mends it
            return
        for work, answer in zip(works, answers, strict=True):
            self._finish(work.ask.id, _as_message(work.ask.id, answer))

    def _activated(self, message: Activate) -> FromChild:
        try:
            self._pipeline.activate(message.generation, Path(message.adapter))
        except AltdError as error:
            return Failed(id=message.id, code=error.code)
        return Activated(id=message.id, generation=message.generation)

    def _broken(self, work_id: str, error: Exception) -> Failed:
        # What it prints ends in the daemon's log, and an error's text may quote the post.
        _log.error("a request failed: %s", where(error))
        return Failed(id=work_id, code="engine_failed")

    def _finish(self, work_id: str, answer: FromChild) -> None:
        self._line.send(answer)
        self._inbox.close(work_id)
        self._worked()


def _as_message(work_id: str, answer: Described | AltdError) -> FromChild:
    return Failed(id=work_id, code=answer.code) if isinstance(answer, AltdError) else answer
