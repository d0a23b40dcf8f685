"""Talking to the running daemon, with nothing but the standard library."""

from __future__ import annotations

import http.client
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from altd.errors import ERRORS, AltdError
from altd.paths import Paths
from altd.server.instance import Info, is_locked, running_daemon

_TIMEOUT_S = 30.0
_STARTING_S = 5.0


@dataclass(frozen=True, slots=True)
class Client:
    """The daemon at a port, asked with the command line's token."""

    info: Info
    token: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request with a JSON body and return the answer's JSON, None when it has none.

        Raises:
            AltdError: the daemon's own error; `not_paired`; `not_running` when it ended meanwhile.
        """
        data = None if body is None else json.dumps(body).encode()
        return self._send(method, path, data, "application/json")

    def submit(self, image: bytes, request: dict[str, Any]) -> Any:
        """Submit an image and return the answer's JSON.

        Raises:
            AltdError: as `call`.
        """
        border = uuid.uuid4().hex
        data = b"".join(
            (
                _part(border, 'name="request"', json.dumps(request).encode()),
                _part(border, 'name="image"; filename="image"', image),
                f"--{border}--\r\n".encode(),
            )
        )
        return self._send("POST", "/v1/descriptions", data, f"multipart/form-data; boundary={border}")

    def _send(self, method: str, path: str, data: bytes | None, content_type: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        if data is not None:
            headers["Content-Type"] = content_type
        connection = http.client.HTTPConnection("127.0.0.1", self.info.port, timeout=_TIMEOUT_S)
        try:
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            return _answer(response.status, response.read())
        except (OSError, http.client.HTTPException):
            raise AltdError("not_running") from None
        finally:
            connection.close()


def find_client(paths: Paths) -> Client | None:
    """Return a client of the running daemon, None when none runs; waits for one that is just starting."""
    until = time.monotonic() + _STARTING_S
    while (info := running_daemon(paths)) is None:
        if not is_locked(paths) or time.monotonic() > until:
            return None
        time.sleep(0.05)
    try:
        return Client(info, paths.token_file.read_text(encoding="utf-8"))
    except OSError:
        return None


def need_client(paths: Paths) -> Client:
    """Return a client of the running daemon.

    Raises:
        AltdError: `not_running`.
    """
    client = find_client(paths)
    if client is None:
        raise AltdError("not_running")
    return client


def health(info: Info) -> bool:
    """Return whether `/health` answers."""
    connection = http.client.HTTPConnection("127.0.0.1", info.port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _answer(status: int, data: bytes) -> Any:
    if status == 401:
        raise AltdError("not_paired")
    value: Any = json.loads(data) if data else None
    if status < 400:
        return value
    error = value["error"]
    raise AltdError(error["code"] if error["code"] in ERRORS else "internal", error["message"])


def _part(border: str, disposition: str, data: bytes) -> bytes:
    head = f"--{border}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
    return head.encode() + data + b"\r\n"
