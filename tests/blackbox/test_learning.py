"""The whole loop from outside: forty verdicts, a new generation that answers without a restart, and back."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from person import Person, jpeg, status

from altd.models.catalogue import BUNDLED, find_model
from altd_trainer.synthetic import generate, split_seed
from daemon_process import Daemon, start_daemon

VERDICTS = 40
_FIRST = 70_000  # pictures of the test split that no evaluation uses

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        not (find_model(BUNDLED).directory / "config.json").is_file(), reason="no bundled model"
    ),
]


def altd(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ALTD_HOME": str(home), "ALTD_MODEL": BUNDLED, "ALTD_QUANTIZATION": "nf4"}
    return subprocess.run(
        [sys.executable, "-m", "altd", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def click_through(daemon: Daemon) -> Person:
    person = Person(daemon)
    index = _FIRST
    while person.clicks.total() < VERDICTS:
        sample = generate(split_seed("test"), index)
        index += 1
        if sample.kind != "unknown":
            person.look_at(sample)
    return person


def test_forty_verdicts_make_a_generation_that_answers_and_can_be_taken_back(
    tmp_path: Path, record_property: Any
) -> None:
    home = tmp_path / "home"
    with start_daemon(home, BUNDLED, "nf4") as daemon:
        daemon.wait_until_ready()
        assert status(daemon)["generation"] == "g0001"
        person = click_through(daemon)

        done = altd(home, "retrain", "--json")
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        print(dict(person.clicks), json.dumps(result["held_out"]), result["gate"]["reason"])
        record_property("held_out", json.dumps(result["held_out"]))
        assert result["gate"]["passed"], result["gate"]["reason"]
        before, after = result["held_out"]["before"], result["held_out"]["after"]
        assert after["accuracy"] >= before["accuracy"]
        assert after["margin"] > before["margin"]

        assert result["generation"] == "g0002"
        assert status(daemon)["generation"] == "g0002"
        assert daemon.process.poll() is None  # the same process, not a new one
        sample = generate(split_seed("test"), _FIRST - 1)
        assert daemon.describe(jpeg(sample))["generation"] == "g0002"

        assert altd(home, "models", "rollback").returncode == 0
        assert status(daemon)["generation"] == "g0001"
        assert daemon.describe(jpeg(sample))["generation"] == "g0001"
