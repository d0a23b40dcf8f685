"""The threads of the model's process, with a model that breaks."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from altd.describe.hands import Hands
from altd.describe.pipeline import Pipeline, Work
from altd.engine.child import Inbox, Line
from altd.engine.protocol import Describe, Described, Failed, FromChild


class Breaking:
    """A pipeline whose model fails once, as a graphics card does, and works afterwards."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.threads: list[int] = []
        self._broken = True

    def use_threads(self, number: int) -> None:
        self.threads.append(number)

    def read(self, work: Work) -> None:
        """Nothing to say before the model is asked."""

    def answer(self, works: Sequence[Work], gives_way: Callable[[], bool]) -> list[Described]:
        if self._broken:
            self._broken = False
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        return [
            Described(
                id=work.ask.id,
                state="done",
                text="A boat.",
                confidence="low",
                lines=(),
                language="en",
                generation=None,
                timings_ms={},
            )
            for work in works
        ]


class Ends:
    """Both ends of the line in one: what is asked, and what was said."""

    def __init__(self, *asked: str) -> None:
        self._asked: queue.SimpleQueue[Describe] = queue.SimpleQueue()
        self.said: queue.SimpleQueue[FromChild] = queue.SimpleQueue()
        for name in asked:
            self.ask(name)

    def ask(self, name: str) -> None:
        self._asked.put(Describe(id=name))

    def next(self) -> tuple[Describe, bytes]:
        return self._asked.get(), b""

    def cancelled(self, _: str) -> bool:
        return False

    def close(self, _: str) -> None:
        """Nothing is remembered here."""

    def send(self, message: FromChild) -> None:
        self.said.put(message)


def hands(pipeline: Breaking, ends: Ends, worked: Callable[[], None], threads: int = 1) -> Hands:
    served: Any = pipeline
    return Hands(cast(Pipeline, served), cast(Inbox, ends), cast(Line, ends), threads, worked)


def test_a_card_that_failed_ends_the_process_after_the_request_was_answered() -> None:
    ends = Ends("one")
    with pytest.raises(SystemExit) as ended:
        hands(Breaking("cuda"), ends, lambda: None).run()
    assert ended.value.code == 1
    assert ends.said.get(timeout=10) == Failed(id="one", code="engine_failed")


def test_on_a_processor_the_next_request_is_answered() -> None:
    ends, worked = Ends("one"), threading.Semaphore(0)
    threading.Thread(target=hands(Breaking("cpu"), ends, worked.release).run, daemon=True).start()
    assert ends.said.get(timeout=10) == Failed(id="one", code="engine_failed")
    ends.ask("two")
    said = ends.said.get(timeout=10)
    assert isinstance(said, Described)
    assert said.id == "two"
    assert worked.acquire(timeout=10)
    assert worked.acquire(timeout=10)


def test_the_model_has_every_thread_while_nothing_is_read_beside_it() -> None:
    ends, pipeline = Ends("one"), Breaking("cpu")
    threading.Thread(target=hands(pipeline, ends, lambda: None, threads=6).run, daemon=True).start()
    ends.said.get(timeout=10)
    assert pipeline.threads == [6]
