"""The whole loop from outside: forty verdicts, a new generation that answers without a restart, and back."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from people import TASTES, Person, describe, pictures

from altd.cli._client import need_client
from altd.models.catalogue import BUNDLED, find_model
from altd.paths import Paths
from altd_trainer.gate import FACTS_TOLERANCE
from daemon_process import Daemon, start_daemon

VERDICTS = 40
BRIEFLY = ["--drafts", "1", "--draft-steps", "40", "--rehearsed-pictures", "128", "--steps", "60"]
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


def status(daemon: Daemon) -> dict[str, Any]:
    return dict(daemon.ask("GET", "/v1/status").body)


def test_forty_verdicts_make_a_generation_that_answers_and_can_be_taken_back(
    tmp_path: Path, record_property: Any
) -> None:
    home = tmp_path / "home"
    with start_daemon(home, BUNDLED, "nf4") as daemon:
        daemon.wait_until_ready()
        assert status(daemon)["generation"] == "g0001"
        client = need_client(Paths.under(home))
        person = Person(client, TASTES["no full stop"])
        person.click_through(pictures(_FIRST), VERDICTS)
        shown = next(sample for sample in pictures(_FIRST) if describe(client, sample)["state"] == "done")

        done = altd(home, "retrain", "--json", "--", *BRIEFLY)
        assert done.returncode == 0, done.stderr
        result = json.loads(done.stdout)
        print(dict(person.clicks), json.dumps(result["held_out"]), result["gate"]["reason"])
        record_property("held_out", json.dumps(result["held_out"]))
        assert result["gate"]["passed"], result["gate"]["reason"]
        before, after = result["held_out"]["before"], result["held_out"]["after"]
        assert after["accuracy"] > before["accuracy"]
        assert after["margin"] > before["margin"]
        assert after["base_facts"] >= before["base_facts"] - FACTS_TOLERANCE

        assert result["generation"] == "g0002"
        assert status(daemon)["generation"] == "g0002"
        assert daemon.process.poll() is None  # the same process, not a new one
        assert describe(client, shown)["generation"] == "g0002"

        assert altd(home, "models", "rollback").returncode == 0
        assert status(daemon)["generation"] == "g0001"
        assert describe(client, shown)["generation"] == "g0001"
