"""A daemon of its own to measure, and plain HTTP to it."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from altd.errors import AltdError
from altd.paths import Paths

_PATIENCE_S = 600.0


@dataclass(slots=True)
class Heard:
    """What came back for one picture, by `time.perf_counter`.

    Attributes:
        submitted, first_token, finished: moments; no first token where no model was asked.
        body: the description.
    """

    submitted: float
    first_token: float | None = None
    finished: float = 0.0
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def milliseconds(self) -> float:
        """From submission to result."""
        return (self.finished - self.submitted) * 1000


class Daemon:
    """A running daemon, asked over one pool of kept-alive connections."""

    def __init__(self, session: aiohttp.ClientSession, process: psutil.Process) -> None:
        self._session = session
        self._process = process

    async def ready(self) -> None:
        """Wait until the model is loaded."""
        until = time.monotonic() + _PATIENCE_S
        while (await self.ask("GET", "/health"))["status"] != "ready":
            if time.monotonic() > until:
                raise AltdError("model_loading")
            await asyncio.sleep(0.1)

    async def ask(self, method: str, path: str, **options: Any) -> Any:
        """One request; the body of its answer, None where there is none."""
        async with self._session.request(method, path, **options) as response:
            response.raise_for_status()
            return await response.json() if response.content_type == "application/json" else None

    async def submit(self, picture: bytes, request: dict[str, Any]) -> dict[str, Any]:
        """Submit a picture; the answer is a description, or its id and state."""
        form = aiohttp.FormData()
        form.add_field("request", json.dumps(request), content_type="application/json")
        form.add_field("image", picture, filename="image", content_type="image/png")
        return dict(await self.ask("POST", "/v1/descriptions", data=form))

    async def describe(self, picture: bytes, request: dict[str, Any]) -> Heard:
        """Submit a picture and follow it to its end, as the extension does."""
        heard = Heard(time.perf_counter())
        answer = await self.submit(picture, request)
        if "text" in answer:
            heard.body = answer
        else:
            await self._follow(answer["id"], heard)
        heard.finished = time.perf_counter()
        return heard

    async def _follow(self, description: str, heard: Heard) -> None:
        async with self._session.get(f"/v1/descriptions/{description}/events") as stream:
            name = ""
            async for line in stream.content:
                if line.startswith(b"event: "):
                    name = line[7:].decode().strip()
                if name == "token" and heard.first_token is None:
                    heard.first_token = time.perf_counter()
                if line.startswith(b"data: ") and name in ("done", "error"):
                    heard.body = json.loads(line[6:])
                    return

    def peak_memory(self) -> int:
        """Bytes that the daemon and its model's process had at most at once in memory, summed."""
        return sum(_peak(process) for process in (self._process, *self._process.children(recursive=True)))


@asynccontextmanager
async def connect(home: Path, process: subprocess.Popen[bytes]) -> AsyncIterator[Daemon]:
    """A client of a daemon that runs."""
    paths = Paths.under(home)
    info = json.loads(paths.info_file.read_text(encoding="utf-8"))
    token = paths.token_file.read_text(encoding="utf-8")
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{info['port']}",
        headers={"Authorization": f"Bearer {token}"},
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=None),
    ) as session:
        yield Daemon(session, psutil.Process(process.pid))


@contextmanager
def running(home: Path, model: str, quantization: str) -> Iterator[subprocess.Popen[bytes]]:
    """A daemon process on a home of its own and any free port, until the block ends.

    Raises:
        AltdError: `start_failed`.
    """
    others = {name: value for name, value in os.environ.items() if not name.startswith("ALTD_")}
    own = {"ALTD_HOME": home, "ALTD_MODEL": model, "ALTD_QUANTIZATION": quantization, "ALTD_PORT": 0}
    process = subprocess.Popen(
        [sys.executable, "-m", "altd", "start", "--foreground"],
        env={**others, **{name: str(value) for name, value in own.items()}},
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        if b"is running" not in process.stderr.readline():  # said once /health answers
            raise AltdError("start_failed")
        yield process
    finally:
        process.terminate()
        process.communicate()


def _peak(process: psutil.Process) -> int:
    """The high-water mark of a process; what it holds now, where the system keeps no mark."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except OSError:
        return int(process.memory_info().rss)
