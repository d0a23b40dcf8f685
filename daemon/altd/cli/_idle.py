"""Whether the machine has nothing better to do, and watching that it stays so."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from datetime import time as clock
from typing import Any

import psutil

from altd.cli._client import find_client
from altd.errors import AltdError
from altd.paths import Paths

LULL_S = 300.0  # without a description asked for: who reads a feed asks again sooner
BUSY_SHARE = 50.0  # per cent of all cores
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_LOOK_EVERY_S = 30.0
_WATCH_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of day to another, over midnight when the first is later; local time."""

    start: clock
    end: clock

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Read `22:00-07:00`.

        Raises:
            ValueError: for anything else.
        """
        found = _HOURS.fullmatch(text)
        if found is None:
            raise ValueError("write quiet hours as 22:00-07:00")
        first, second, third, fourth = map(int, found.groups())
        return cls(clock(first, second), clock(third, fourth))

    def hold(self, now: clock) -> bool:
        """Whether this time of day is among them; equal ends are the whole day."""
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


def why_not_now(paths: Paths, quiet: QuietHours | None) -> str | None:
    """Why training must wait, in a few words; None when it may begin."""
    if quiet is not None and quiet.hold(datetime.now().time()):
        return "these are quiet hours"
    if not on_mains():
        return "the machine runs on its battery"
    if since_asked(paths) < LULL_S:
        return "descriptions are asked for"
    if psutil.cpu_percent(interval=1.0) > BUSY_SHARE:
        return "the processor is busy"
    return None


def why_stop(paths: Paths, quiet: QuietHours | None, begun: float) -> str | None:
    """Why a training that began then (`time.monotonic()`) must stop at once; its own load does not count."""
    if time.monotonic() - since_asked(paths) > begun:
        return "a description is asked for"
    if quiet is not None and quiet.hold(datetime.now().time()):
        return "quiet hours have begun"
    return None if on_mains() else "the machine runs on its battery"


def on_mains() -> bool:
    """Whether the machine has no battery, or one that is not in use."""
    battery = psutil.sensors_battery()
    return battery is None or battery.power_plugged is not False


def since_asked(paths: Paths) -> float:
    """Seconds since a description was asked for; infinite when none was, or no daemon runs."""
    try:
        client = find_client(paths)
        status: dict[str, Any] = client.call("GET", "/v1/status") if client else {}
    except AltdError:  # it ended meanwhile
        return float("inf")
    if status.get("waiting"):
        return 0.0
    asked = status.get("asked_at")
    return float("inf") if asked is None else max(0.0, time.time() - asked)


def wait_until_idle(paths: Paths, quiet: QuietHours | None, say: Callable[[str], None]) -> None:
    """Return once training may begin; says once for each reason what it waits for."""
    said = None
    while (reason := why_not_now(paths, quiet)) is not None:
        if reason != said:
            say(f"Waiting: {reason}.")
            said = reason
        time.sleep(_LOOK_EVERY_S)


class Watch(threading.Thread):
    """Calls `stop` once, as soon as there is a reason to; `reason` tells which.

    Args:
        find_reason: asked twice a second.
        stop: called from this thread.
    """

    def __init__(self, find_reason: Callable[[], str | None], stop: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.reason: str | None = None
        self._find_reason, self._stop = find_reason, stop
        self._over = threading.Event()

    def run(self) -> None:
        """Look until there is a reason or the end."""
        while not self._over.wait(_WATCH_EVERY_S):
            self.reason = self._find_reason()
            if self.reason is not None:
                self._stop()
                return

    def end(self) -> None:
        """Stop looking."""
        self._over.set()
        self.join()
