"""When a failed request is tried again, and after how long."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, wait_random_exponential

from altd.errors import AltdError

_BACKOFF = wait_random_exponential(multiplier=1.0, max=20.0, min=0.2)


class TryAgain(AltdError):  # noqa: N818 - what to do about it is its meaning
    """A failure that may pass.

    Attributes:
        after: seconds that the server asked to wait, where it did.
    """

    def __init__(self, code: str, message: str | None = None, *, after: float | None = None) -> None:
        super().__init__(code, message)
        self.after = after


def waiting_time(state: RetryCallState) -> float:
    """Seconds before the next try: what the server asked for, else ever longer and never in step."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, TryAgain) and error.after is not None:
        return error.after
    return _BACKOFF(state)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from the header `Retry-After`, a number or a date; None when it says nothing usable."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
