"""The conversation with the extension over native messages: where the daemon is, and a token.

The browser vouches for the extension, so no code is needed. One message in, one message out:

    {"request": "pair", "start": true, "origin": "moz-extension://…"}   → port, token and its id
    {"request": "find", "start": false}                                 → port

`start` lets the daemon be started when it does not run. An answer is `{"ok": true, "port": …}` or
`{"ok": false, "error": {"code", "message"}}`, with the codes of `altd.errors`. Chromium's origin is what
the browser passes; Firefox's is random, and only there the extension's own word counts.
"""

from __future__ import annotations

import sys
from typing import Any, BinaryIO, Protocol

from altd.errors import AltdError, where
from altd.pairing.browsers import Browser, caller_origin, is_extension_origin
from altd.pairing.framing import read_message, write_message

_REQUESTS = ("pair", "find")


class Door(Protocol):
    """The way to the daemon."""

    def find(self, *, start: bool) -> int:
        """Return the daemon's port, after starting it when it does not run and may be.

        Raises:
            AltdError: `not_running`, `start_failed`, `port_in_use`, `hardware_unfit`, ….
        """

    def grant(self, name: str, origin: str) -> tuple[str, str]:
        """Make a token for a browser and return its secret and its id.

        Raises:
            AltdError: `not_running`, `not_paired`.
        """


def converse(door: Door, browser: Browser, arguments: list[str], source: BinaryIO, sink: BinaryIO) -> int:
    """Answer every message until the browser closes the line; return the exit code.

    Args:
        arguments: what the browser passed.
    """
    origin = caller_origin(browser, arguments)
    if origin is None:
        write_message(sink, _failure(AltdError("caller_forbidden")))
        return 1
    try:
        while (message := read_message(source)) is not None:
            write_message(sink, _answer(door, browser, origin, message))
    except AltdError as error:  # where the next message would begin is not known any more
        write_message(sink, _failure(error))
        return 1
    return 0


def _answer(door: Door, browser: Browser, origin: str, message: Any) -> dict[str, Any]:
    try:
        request, start, origin = _read(browser, origin, message)
        port = door.find(start=start)
        if request == "find":
            return {"ok": True, "port": port}
        secret, token_id = door.grant(browser.title, origin)
        return {"ok": True, "port": port, "token": secret, "id": token_id}
    except AltdError as error:
        return _failure(error)
    except Exception as error:  # noqa: BLE001 - a person waits for an answer, and gets no foreign text
        sys.stderr.write(f"altd: {where(error)}\n")
        return _failure(AltdError("internal"))


def _read(browser: Browser, origin: str, message: Any) -> tuple[str, bool, str]:
    """Check a message's form and return its request, `start` and the origin its token is for."""
    fields = message if isinstance(message, dict) else {}
    request, start, own = fields.get("request"), fields.get("start", False), fields.get("origin", "")
    if request not in _REQUESTS or not isinstance(start, bool) or not isinstance(own, str):
        raise AltdError("message_invalid")
    if browser.gecko and request == "pair":
        if not own.startswith(origin) or not is_extension_origin(own):
            raise AltdError("message_invalid")
        origin = own
    return request, start, origin


def _failure(error: AltdError) -> dict[str, Any]:
    return {"ok": False, **error.payload()}
