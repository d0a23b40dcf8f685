"""Progress on stderr: one line that moves on a terminal, a plain line every tenth elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TextIO

_WIDTH = 30


class Progress:
    """Shows the trainer's events.

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
        """Show one event: a `step` by its share, any other by its name."""
        if event["event"] == "step" and event.get("of"):
            self._show_step(int(event["step"]), int(event["of"]))
        elif event["event"] != "done":
            self._end_line()
            self._stream.write(f"{_sentence(event)}\n")
            self._stream.flush()

    def _show_step(self, step: int, of: int) -> None:
        share = min(step / of, 1.0)
        if self._moving:
            done = round(share * _WIDTH)
            self._stream.write(f"\r[{'#' * done}{'.' * (_WIDTH - done)}] step {step} of {of}")
            self._open = True
        elif int(share * 10) > self._tenth:
            self._tenth = int(share * 10)
            self._stream.write(f"step {step} of {of} ({share:.0%})\n")
        self._stream.flush()

    def _end_line(self) -> None:
        if self._open:
            self._stream.write("\n")
            self._open = False


def _sentence(event: Mapping[str, Any]) -> str:
    figures = [f"{name} {value}" for name, value in event.items() if name != "event"]
    return f"{event['event']}: {', '.join(figures)}" if figures else str(event["event"])
