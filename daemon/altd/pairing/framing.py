"""The form of native messages: four bytes of length in the machine's own order, then UTF-8 JSON.

Source: "Native messaging", developer.chrome.com, and the page of that name on MDN: browsers take at
most 1 MB from a program. altd's messages are a few hundred bytes; a longer one is refused unread.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

from altd.errors import AltdError

MAX_BYTES = 64 * 1024
_LENGTH = struct.Struct("=I")


def read_message(source: BinaryIO) -> Any:
    """Return the next message's value; None when the browser has closed the line between two messages.

    Raises:
        AltdError: `message_invalid` when it is cut off, too long or no JSON.
    """
    head = source.read(_LENGTH.size)
    if not head:
        return None
    if len(head) < _LENGTH.size:
        raise AltdError("message_invalid")
    (length,) = _LENGTH.unpack(head)
    body = source.read(length) if length <= MAX_BYTES else b""
    try:
        if len(body) == length and (value := json.loads(body)) is not None:
            return value
    except (ValueError, RecursionError):
        pass
    raise AltdError("message_invalid")


def write_message(sink: BinaryIO, value: Any) -> None:
    """Send a message at once."""
    body = json.dumps(value).encode()
    sink.write(_LENGTH.pack(len(body)) + body)
    sink.flush()
