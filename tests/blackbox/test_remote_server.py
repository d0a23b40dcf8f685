"""Two real daemons: one with the bundled model is the other one's remote server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from altd.paths import Paths
from altd_trainer.synthetic import generate, split_seed
from daemon.describe.pictures import encoded
from daemon_process import Daemon, start_daemon

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The daemon that has the model."""
    with start_daemon(tmp_path_factory.mktemp("server") / "home", "bundled", "nf4") as running:
        running.wait_until_ready()
        yield running


@pytest.fixture(scope="module")
def client(server: Daemon, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """The daemon that asks it."""
    with start_daemon(
        tmp_path_factory.mktemp("client") / "home", "bundled", "nf4", **settings(server)
    ) as running:
        running.wait_until_ready()
        yield running


def settings(server: Daemon) -> dict[str, str]:
    return {
        "ALTD_REMOTE_URL": f"http://127.0.0.1:{server.port}/v1",
        "ALTD_REMOTE_MODEL": "bundled",
        "ALTD_REMOTE_PROMPT": "trained",
        "ALTD_REMOTE_KEY": server.token,
    }


def test_the_other_daemon_describes(server: Daemon, client: Daemon) -> None:
    sample = generate(split_seed("test"), 5)
    image, context = encoded(sample.image), {"text": sample.post.text}
    answer = client.describe(image, {"context": context})
    assert (answer["model"], answer["generation"]) == ("bundled", None)
    assert answer["text"]
    assert answer["confidence"] == "low"  # the server does not tell how probable its tokens were
    status = client.ask("GET", "/v1/status").body
    assert status["device"] == "remote"
    assert status["remote"] == {
        "host": f"127.0.0.1:{server.port}",
        "model": "bundled",
        "other_machine": False,
        "confidence": "always low",
    }
    logs = Paths.under(client.home).log_file.read_text() + Paths.under(server.home).log_file.read_text()
    assert server.token not in logs
    assert sample.post.text not in logs


def test_altd_status_says_where_pictures_go(client: Daemon) -> None:
    environment = {**os.environ, "ALTD_HOME": str(client.home)}
    done = subprocess.run([sys.executable, "-m", "altd", "status"], env=environment, capture_output=True)
    assert b"pictures: are sent to another program on this machine, 127.0.0.1:" in done.stdout


def test_an_alternative_and_a_verdict(client: Daemon) -> None:
    sample = generate(split_seed("test"), 2)
    first = client.describe(encoded(sample.image))
    answer = client.json("POST", f"/v1/descriptions/{first['id']}/alternatives")
    while answer.status == 202:
        answer = client.ask("GET", f"/v1/descriptions/{answer.body['id']}?wait=20")
    assert (answer.status, answer.body["alternative_of"]) == (200, first["id"])
    assert answer.body["text"] != first["text"]
    verdict = {"description_id": answer.body["id"], "verdict": "edit", "text": "My own words.", "key": "k"}
    assert client.json("POST", "/v1/feedback", verdict).status == 200


def test_a_generation_cannot_be_chosen(client: Daemon) -> None:
    answer = client.json("PUT", "/v1/models/active", {"generation": "g0001"})
    assert answer.code == "generation_unfit"


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"ALTD_REMOTE_URL": "http://192.0.2.1:1/v1"}, "remote_allowed_host"),
        ({"ALTD_REMOTE_MODEL": ""}, "remote_model"),
        ({"ALTD_REMOTE_URL": "http://192.0.2.1:1/v1", "ALTD_REMOTE_ALLOWED_HOST": "192.0.2.1"}, "in clear"),
    ],
)
def test_settings_that_do_not_do_are_refused(tmp_path: Path, changes: dict[str, str], hint: str) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ALTD_")},
        "ALTD_HOME": str(tmp_path),
        "ALTD_PORT": "0",
        "ALTD_REMOTE_URL": "http://127.0.0.1:1/v1",
        "ALTD_REMOTE_MODEL": "any",
        "ALTD_REMOTE_KEY": "secret-key",
        **changes,
    }
    done = subprocess.run(
        [sys.executable, "-m", "altd", "start", "--foreground"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert hint in done.stderr
    assert "secret-key" not in done.stderr


def test_when_the_server_is_gone_it_is_said(client: Daemon, server: Daemon) -> None:
    """Last in this file: the server does not come back."""
    server.process.terminate()
    server.process.wait(60)
    answer = client.submit(encoded(generate(split_seed("test"), 3).image), json.dumps({}).encode())
    while answer.status == 202:
        answer = client.ask("GET", f"/v1/descriptions/{answer.body['id']}?wait=20")
    assert (answer.status, answer.code) == (503, "remote_unreachable")
    assert client.ask("GET", "/health").body["status"] == "degraded"
