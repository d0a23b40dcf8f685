"""Whether the remote server is there, known before anybody asks for a description."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from altd.engine.process import EngineState
from altd.engine.remote.client import RemoteClient
from altd.errors import AltdError

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_MEANS_DOWN = ("remote_unreachable", "remote_timeout")


class Link:
    """Asks the server for its models at the start, and again, ever less often, while it does not answer.

    Attributes:
        state: `loading` until the first answer, then `ready` or `degraded`.
        reason: why it is degraded, in one sentence.
    """

    def __init__(self, client: RemoteClient, on_change: Callable[[], None]) -> None:
        self.state: EngineState = "loading"
        self.reason: str | None = None
        self._client = client
        self._on_change = on_change
        self._doubted = asyncio.Event()

    async def watch(self) -> None:
        """Keep the state true until cancelled."""
        pause = _FIRST_PAUSE_S
        while True:
            self._doubted.clear()
            try:
                await self._client.probe()
            except AltdError as error:
                if error.code == "remote_busy":
                    self._become("ready", None)
                else:
                    self._become("degraded", error.message)
            else:
                self._become("ready", None)
            if self.state == "ready":
                pause = _FIRST_PAUSE_S
                await self._doubted.wait()
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def note(self, error: AltdError | None) -> None:
        """Take into account how a request ended."""
        if error is None:
            self._become("ready", None)
        elif error.code == "remote_refused":  # it is there: only a request that works shows the mend
            self._become("degraded", error.message)
        elif error.code in _MEANS_DOWN:
            self._become("degraded", error.message)
            self._doubted.set()

    def _become(self, state: EngineState, reason: str | None) -> None:
        if (self.state, self.reason) != (state, reason):
            self.state, self.reason = state, reason
            self._on_change()
