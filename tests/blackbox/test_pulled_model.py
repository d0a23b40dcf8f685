"""From the hub to a description: pull a model, choose it, ask it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from altd.models.known import KNOWN
from daemon.cli.processes import altd
from daemon_process import picture
from local_hub import LocalHub

MODEL = KNOWN["smolvlm2-256m"]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A SmolVLM of random weights and few parameters, as it would lie on the hub."""
    directory = tmp_path_factory.mktemp("hub") / "smolvlm"
    program = (
        "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import tiny_families; "
        "tiny_families.build_family('smolvlm', pathlib.Path(sys.argv[2]))"
    )
    tests = str(Path(__file__).parents[1])
    subprocess.run([sys.executable, "-c", program, tests, str(directory)], check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_pull_choose_ask(files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)  # the trainer, once imported, sets it
    monkeypatch.setenv("ALTD_QUANTIZATION", "none")
    with LocalHub({(MODEL.hub_id, str(MODEL.revision)): files}).running() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        pulled = altd("models", "pull", MODEL.name)
        asked = len(hub.requests)
        assert (pulled.code, pulled.out) == (0, f"{MODEL.name} is here.\n"), pulled.err
        assert altd("models", "use", MODEL.name).code == 0
        described = altd("describe", "-", "--json", stdin=picture(5), timeout=280)
        assert len(hub.requests) == asked  # who describes asks nobody
    assert described.code == 0, described.err
    result = json.loads(described.out)
    assert result["model"] == MODEL.name
    assert result["state"] in ("done", "no_description")
