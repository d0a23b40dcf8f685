"""One-time codes: eight characters a person reads off the terminal and types into the extension.

One code at a time, valid two minutes, for one use; five wrong tries end it. With 31 letters and
digits there are 8.5e11 codes, so five tries guess one with a chance below 1 in 10^11.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from altd.errors import AltdError

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L
LENGTH = 8
LIFETIME_S = 120.0
MAX_WRONG = 5


@dataclass(slots=True)
class _Pending:
    code: str
    ends_at: float
    wrong: int = 0


class PairingCodes:
    """The code that is valid now, if any.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pending: _Pending | None = None

    def issue(self) -> str:
        """Make a new code; an older one ends."""
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        self._pending = _Pending(code, self._clock() + LIFETIME_S)
        return code

    def redeem(self, given: str) -> None:
        """Use the code up.

        Case, spaces and dashes do not matter.

        Raises:
            AltdError: `pairing_failed`; `too_many_attempts` at the fifth wrong try, which ends the code.
        """
        pending = self._pending
        if pending is None or self._clock() >= pending.ends_at:
            self._pending = None
            raise AltdError("pairing_failed")
        if hmac.compare_digest(normalise(given).encode(), pending.code.encode()):
            self._pending = None
            return
        pending.wrong += 1
        if pending.wrong >= MAX_WRONG:
            self._pending = None
            raise AltdError("too_many_attempts")
        raise AltdError("pairing_failed")


def normalise(given: str) -> str:
    """Return what was typed as the code is written: upper case, no spaces or dashes."""
    return "".join(given.split()).replace("-", "").upper()
