"""A real daemon process, and plain HTTP to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
from PIL import Image, ImageDraw

from altd.paths import Paths

ORIGIN = "chrome-extension://ncjemekfcklmoobalfblhafnfpdkbjmo"
_PATIENCE_S = 120.0


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.data)

    @property
    def code(self) -> str:
        """The error's code; the error has exactly the documented form."""
        assert set(self.body) == {"error"}
        assert set(self.body["error"]) - {"type", "param"} == {"code", "message"}
        return str(self.body["error"]["code"])


@dataclass
class Daemon:
    """A running daemon."""

    home: Path
    process: subprocess.Popen[bytes]
    port: int
    token: str

    def ask(
        self,
        method: str,
        path: str,
        *,
        data: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Answer:
        """Send one request; a header set to None is left out."""
        sent: dict[str, str | None] = {
            "Host": f"127.0.0.1:{self.port}",
            "Authorization": f"Bearer {self.token}",
            **(headers or {}),
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            if data is not None:
                connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read())
        finally:
            connection.close()

    def json(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send JSON."""
        data = None if body is None else json.dumps(body).encode()
        return self.ask(method, path, data=data, headers={"Content-Type": "application/json", **headers})

    def submit(self, image: bytes | None, request: bytes | None = None) -> Answer:
        """Submit an image, with raw bytes as the request field."""
        fields = {
            name: value for name, value in (("request", request), ("image", image)) if value is not None
        }
        data, content_type = multipart(fields)
        return self.ask("POST", "/v1/descriptions", data=data, headers={"Content-Type": content_type})

    def describe(self, image: bytes, request: dict[str, Any] | None = None) -> dict[str, Any]:
        """Submit an image and wait for its result."""
        answer = self.submit(image, json.dumps(request or {}).encode())
        while answer.status == 202:
            answer = self.ask("GET", f"/v1/descriptions/{answer.body['id']}?wait=20")
        assert answer.status == 200, answer.data
        return dict(answer.body)

    def await_event(self, description_id: str, wanted: str) -> bool:
        """Follow a description until an event of that name; False when it ended without one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)
        try:
            headers = {"Authorization": f"Bearer {self.token}"}
            connection.request("GET", f"/v1/descriptions/{description_id}/events", headers=headers)
            names = (line[7:].decode().strip() for line in connection.getresponse() if line[:7] == b"event: ")
            return wanted in names
        finally:
            connection.close()

    def child(self) -> psutil.Process | None:
        """The model's process, None while there is none."""
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self.process.pid).children():
                return process
        return None

    def wait_until_ready(self) -> None:
        """Wait until the model is loaded."""
        until = time.monotonic() + _PATIENCE_S
        while self.ask("GET", "/health").body["status"] != "ready":
            assert time.monotonic() < until, "the model did not load"
            time.sleep(0.1)

    def end(self, number: signal.Signals) -> int:
        """End the process with a signal and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(_PATIENCE_S)


@contextmanager
def start_daemon(home: Path, model: Path | str, quantization: str = "none", **more: str) -> Iterator[Daemon]:
    """Run a daemon on a home and a model, on any free port, until the block ends; `more` are variables."""
    paths = Paths.under(home)
    outer = {name: value for name, value in os.environ.items() if not name.startswith("ALTD_")}
    settings = {
        "ALTD_HOME": str(home),
        "ALTD_MODEL": str(model),
        "ALTD_QUANTIZATION": quantization,
        "ALTD_PORT": "0",
        **more,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "altd", "start", "--foreground"],
        env={**outer, **settings},
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        line = process.stderr.readline()  # said once /health answers
        assert b"is running" in line, line + process.stderr.read()
        info = json.loads(paths.info_file.read_text())
        yield Daemon(home, process, info["port"], paths.token_file.read_text())
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=_PATIENCE_S)


def multipart(fields: Mapping[str, bytes]) -> tuple[bytes, str]:
    """Return a multipart body and its content type."""
    parts = [
        f'--border\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    ]
    return b"".join(parts) + b"--border--\r\n", "multipart/form-data; boundary=border"


def picture(seed: int = 0, size: tuple[int, int] = (64, 48), form: str = "PNG") -> bytes:
    """Return an image file; another seed gives another image."""
    image = Image.new("RGB", size, (seed * 37 % 256, seed * 91 % 256, 200))
    ImageDraw.Draw(image).ellipse((8, 6, 40, 40), fill=(200, seed * 53 % 256, 20))
    file = BytesIO()
    image.save(file, form)
    return file.getvalue()
