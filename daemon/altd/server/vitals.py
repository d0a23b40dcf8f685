"""How the daemon fares: how long answers took lately, and how much memory it and its model hold."""

from __future__ import annotations

import math
from collections import deque

import psutil

_REMEMBERED = 256


class Latencies:
    """Milliseconds from submission to answer of the latest descriptions that were really made."""

    def __init__(self) -> None:
        self._latest: deque[float] = deque(maxlen=_REMEMBERED)

    def add(self, milliseconds: float) -> None:
        """Note one answer."""
        self._latest.append(milliseconds)

    def __len__(self) -> int:
        return len(self._latest)

    def percentile(self, share: float) -> float | None:
        """Return the nearest-rank percentile, `share` in (0, 1]; None before the first answer."""
        if not self._latest:
            return None
        return round(sorted(self._latest)[math.ceil(share * len(self._latest)) - 1], 1)


def resident_bytes(pid: int | None) -> int | None:
    """Return the memory that a process holds; None when there is no such process."""
    if pid is None:
        return None
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return None
