"""The program that browsers start: `python -m altd.cli.native_host BROWSER …`, written into its launcher.

Imports no model library and no server, for a person waits for it. Standard output carries messages
only; whatever else would be printed goes to standard error, which browsers show in their own log.
"""

from __future__ import annotations

import os
import sys

from altd.cli._client import find_client, need_client
from altd.cli._output import note
from altd.cli.start import ensure_started
from altd.errors import AltdError, Exit
from altd.pairing.browsers import BROWSERS
from altd.pairing.host import converse
from altd.paths import Paths


class DaemonDoor:
    """The daemon of this user."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def find(self, *, start: bool) -> int:
        """As `altd.pairing.host.Door`."""
        client = find_client(self._paths)
        if client is not None:
            return client.info.port
        if not start:
            raise AltdError("not_running")
        return ensure_started(self._paths).port

    def grant(self, name: str, origin: str) -> tuple[str, str]:
        """As `altd.pairing.host.Door`."""
        made = need_client(self._paths).call("POST", "/v1/tokens", {"name": name, "origin": origin})
        return made["token"], made["id"]


def main(arguments: list[str]) -> int:
    """Run the program and return its exit code."""
    if not arguments or arguments[0] not in BROWSERS:
        note("altd: a browser starts this program; `altd pair install` sets it up.")
        return Exit.USAGE
    with os.fdopen(os.dup(1), "wb") as sink:
        os.dup2(2, 1)
        try:
            door = DaemonDoor(Paths.default())
            return converse(door, BROWSERS[arguments[0]], arguments[1:], sys.stdin.buffer, sink)
        except BrokenPipeError:  # the browser did not wait for the answer
            return Exit.OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
