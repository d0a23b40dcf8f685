"""Progress on stderr: one line that moves on a terminal, a plain line every tenth elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TextIO

from altd.models.memory import gb

_WIDTH = 30
_CLEAR = "\x1b[K"  # what a longer line before left behind


class Progress:
    """Shows the events of training and of a download.

    Args:
        stream: where to; a bar is drawn only when it is a terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._moving = stream.isatty()
        self._open = False
        self._tenth = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_line()

    def show(self, event: Mapping[str, Any]) -> None:
        """Show one event: a `step` and a `progress` in bytes by their share, any other by its name."""
        if event["event"] == "step" and event.get("of"):
            step, of = int(event["step"]), int(event["of"])
            self.show_share(step / of, f"step {step} of {of}")
        elif event["event"] == "progress":
            done, of = int(event["done"]), max(1, int(event["of"]))
            self.show_share(done / of, f"{gb(done)} of {gb(of)}")
        elif event["event"] != "done":
            self._end_line()
            self._tenth = -1  # what comes next counts from its own beginning
            self._stream.write(f"{_sentence(event)}\n")
            self._stream.flush()

    def show_share(self, share: float, words: str) -> None:
        """Show how far it is: a share from 0 to 1, and the same in words."""
        share = min(share, 1.0)
        if self._moving:
            done = round(share * _WIDTH)
            self._stream.write(f"\r[{'#' * done}{'.' * (_WIDTH - done)}] {words}{_CLEAR}")
            self._open = True
        elif int(share * 10) > self._tenth:
            self._tenth = int(share * 10)
            self._stream.write(f"{words} ({share:.0%})\n")
        self._stream.flush()

    def _end_line(self) -> None:
        if self._open:
            self._stream.write("\n")
            self._open = False


def _sentence(event: Mapping[str, Any]) -> str:
    figures = [f"{name} {value}" for name, value in event.items() if name != "event"]
    return f"{event['event']}: {', '.join(figures)}" if figures else str(event["event"])
