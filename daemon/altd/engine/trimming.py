"""What glibc keeps of freed memory goes back to the system once a minute, while there is work.

glibc lets go of the heap's end only, and beneath it each unusual picture or batch leaves holes that fit
nothing which comes later: with the same data alive, a child that works holds a few MiB more every hour.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import time
from collections.abc import Callable

_EVERY_S = 60.0
"""malloc_trim(3) takes some 10 ms, in which no other thread gets memory."""


class Trimmer:
    """A thread that trims the heap some time after work was done, and sleeps while there is none.

    Args:
        every_s: seconds between the first work and the trim, so also the shortest between two trims.
        trim: gives the memory back.
    """

    def __init__(self, every_s: float = _EVERY_S, trim: Callable[[], None] | None = None) -> None:
        self._every_s = every_s
        self._trim = trim or _malloc_trim()
        self._worked = threading.Event()

    def start(self) -> None:
        """Begin, where the C library can trim."""
        if self._trim is not None:
            threading.Thread(target=self._run, args=(self._trim,), name="altd-trim", daemon=True).start()

    def worked(self) -> None:
        """Note that memory was used and freed."""
        self._worked.set()

    def _run(self, trim: Callable[[], None]) -> None:
        while self._worked.wait():
            time.sleep(self._every_s)
            self._worked.clear()
            trim()


def _malloc_trim() -> Callable[[], None] | None:
    """glibc's `malloc_trim`; None where there is another C library."""
    if sys.platform != "linux":
        return None
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return None if trim is None else lambda: trim(0)
