"""A remote server that others wrote: `transformers serve` with a tiny random model, over real HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from daemon_process import Answer, Daemon, picture, start_daemon

for _name in ("fastapi", "uvicorn", "openai"):
    pytest.importorskip(_name, reason=f"`transformers serve` wants {_name}: pip install 'altd[test]'")

pytestmark = pytest.mark.slow

MODEL = "altd-tests/tiny"
_COMMIT = "0" * 40
_PATIENCE_S = 120.0
_TURNS = """{% for message in messages %}{{ message['role'] | upper }}: \
{% for part in message['content'] %}{{ '<image>' if part['type'] == 'image' else part['text'] }}
{% endfor %}{% endfor %}ASSISTANT:"""
_GENERATION = {"do_sample": True, "repetition_penalty": 2.0}  # what random weights say goes round in circles


class Server:
    """`transformers serve` on one port, which can be ended and started again.

    Args:
        hub: folder that `HF_HOME` names.
    """

    def __init__(self, hub: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._environment = {**os.environ, "HF_HOME": str(hub), "HF_HUB_OFFLINE": "1"}
        self._log = hub / "serve.log"

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "transformers.cli.transformers", "serve", "--device", "cpu"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--port", str(self.port)],
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + _PATIENCE_S
        while not self._answers():
            assert self.process.poll() is None, self._log.read_text()
            assert time.monotonic() < until, self._log.read_text()
            time.sleep(0.2)

    def end(self) -> None:
        """End it as a crash does; one that was stopped ends as well."""
        self.process.kill()
        self.process.wait(_PATIENCE_S)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let it hang, with its connections open, until the block ends."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, with one model in its hub's cache."""
    from tiny_model import build_model

    hub = tmp_path_factory.mktemp("hub")
    repository = hub / "hub" / f"models--{MODEL.replace('/', '--')}"
    model = build_model(repository / "snapshots" / _COMMIT)
    (model / "chat_template.jinja").write_text(_TURNS)
    file = model / "generation_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | _GENERATION))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(_COMMIT)
    running = Server(hub)
    try:
        running.start()
        yield running
    finally:
        running.end()


@contextmanager
def client(server: Server, home: Path, **more: str) -> Iterator[Daemon]:
    """A daemon that asks the server."""
    settings = {
        "ALTD_REMOTE_URL": f"http://127.0.0.1:{server.port}/v1",
        "ALTD_REMOTE_MODEL": MODEL,
        "ALTD_REMOTE_RETRIES": "1",
        **more,
    }
    with start_daemon(home, "bundled", "nf4", **settings) as running:
        running.wait_until_ready()
        yield running


@pytest.fixture(scope="module")
def daemon(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for the tests of this file."""
    with client(server, tmp_path_factory.mktemp("client") / "home") as running:
        yield running


def final(daemon: Daemon, seed: int, **request: object) -> Answer:
    """What a submission ends with."""
    answer = daemon.submit(picture(seed), json.dumps(request).encode())
    while answer.status == 202:
        answer = daemon.ask("GET", f"/v1/descriptions/{answer.body['id']}?wait=20")
    return answer


def test_a_picture_is_described(server: Server, daemon: Daemon) -> None:
    answer = final(daemon, 1, context={"text": "A day out"})
    assert answer.status == 200, answer.data
    assert answer.body["model"] == MODEL
    assert answer.body["text"], "a random model says something"
    assert answer.body["confidence"] == "low"  # it gives no log-probabilities
    assert daemon.ask("GET", "/v1/status").body["remote"]["confidence"] == "always low"


def test_an_alternative_comes_from_it_too(server: Server, daemon: Daemon) -> None:
    first = final(daemon, 2)
    answer = daemon.json("POST", f"/v1/descriptions/{first.body['id']}/alternatives")
    while answer.status == 202:
        answer = daemon.ask("GET", f"/v1/descriptions/{answer.body['id']}?wait=20")
    assert answer.status == 200
    assert answer.body["text"] != first.body["text"]


def test_several_at_once(daemon: Daemon) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda seed: final(daemon, seed), range(20, 26)))
    assert [answer.status for answer in answers] == [200] * 6


def test_a_model_that_it_has_not(server: Server, tmp_path: Path) -> None:
    with client(server, tmp_path / "home", ALTD_REMOTE_MODEL="altd-tests/none") as daemon:
        answer = final(daemon, 3)
    assert (answer.status, answer.code) == (502, "remote_failed")  # it says 500, as of any failure
    assert "lists no model `altd-tests/none`" in answer.body["error"]["message"]


def test_one_that_hangs_is_given_up_and_asked_again(server: Server, tmp_path: Path) -> None:
    with client(server, tmp_path / "home", ALTD_REMOTE_TIMEOUT_S="2") as daemon:
        assert final(daemon, 4).status == 200
        with server.stopped():
            answer = final(daemon, 5)
        assert (answer.status, answer.code) == (504, "remote_timeout")
        assert final(daemon, 5).status == 200


def test_one_that_dies_at_work_and_comes_back(server: Server, daemon: Daemon) -> None:
    with server.stopped():
        answer = daemon.submit(picture(6), b"{}")
        assert daemon.await_event(answer.body["id"], "encode")  # from here on it is the server's turn
        server.end()
    while answer.status == 202:
        answer = daemon.ask("GET", f"/v1/descriptions/{answer.body['id']}?wait=20")
    assert (answer.status, answer.code) == (503, "remote_unreachable")
    assert daemon.ask("GET", "/health").body["status"] == "degraded"
    server.start()
    assert final(daemon, 6).status == 200
    daemon.wait_until_ready()


def test_after_a_cancel_it_goes_on(server: Server, daemon: Daemon) -> None:
    with server.stopped():
        answer = daemon.submit(picture(7), b"{}")
        assert daemon.await_event(answer.body["id"], "encode")
        assert daemon.ask("DELETE", f"/v1/descriptions/{answer.body['id']}").status < 300
    assert final(daemon, 8).status == 200
