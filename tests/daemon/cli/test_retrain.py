"""From verdicts in the running daemon to a generation that it answers with, through the real command."""

from __future__ import annotations

import json
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from altd.cli import retrain
from altd.errors import AltdError
from daemon.cli.processes import altd
from daemon_process import start_daemon
from trainer.conftest import model_dir, speaking_model_dir

__all__ = ["model_dir", "speaking_model_dir"]  # fixtures: a tiny model that says one sentence

BETTER = "A picture of a fair."
# The tiny model knows one sentence and no drawn picture: there is nothing to hold on to.
QUICKLY = ["--steps", "20", "--learning-rate", "0.003", "--hold", "0"]
QUICKLY += ["--rehearsed-pictures", "0", "--base-pictures", "40", "--watched-pictures", "8"]


def circle(number: int) -> bytes:
    """Another picture of a red circle, as a PNG file."""
    image = Image.new("RGB", (40 + number, 36), "white")
    ImageDraw.Draw(image).ellipse((8, 6, 32, 30), fill="red")
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_verdicts_become_the_generation_that_answers(
    speaking_model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("ALTD_HOME", str(home))
    monkeypatch.setenv("ALTD_MODEL", str(speaking_model_dir))
    monkeypatch.setenv("ALTD_QUANTIZATION", "none")
    with start_daemon(home, speaking_model_dir) as daemon:
        daemon.wait_until_ready()
        for number in range(24):
            shown = daemon.describe(circle(number), {"context": {"text": f"Post {number}"}})
            body = {"description_id": shown["id"], "verdict": "edit", "text": BETTER, "key": f"k{number}"}
            assert daemon.json("POST", "/v1/feedback", body).status == 200

        planned = altd("retrain", "--dry-run")
        assert planned.code == 0, planned.err
        assert planned.out.startswith("24 verdicts can be learned from.")
        assert "Of all: 24 edit." in planned.out
        assert daemon.ask("GET", "/v1/models").body["generations"] == []

        done = altd("retrain", "--json", "--", *QUICKLY, timeout=280)
        assert done.code == 0, done.err
        outcome = json.loads(done.out)
        assert outcome["gate"]["passed"], outcome
        assert outcome["generation"] == outcome["active"] == "g0001"
        assert "step" in done.err

        status = daemon.ask("GET", "/v1/status").body
        assert status["generation"] == "g0001"
        result = daemon.describe(circle(0), {"context": {"text": "Post 0"}})
        assert (result["generation"], result["cached"]) == ("g0001", False)


@pytest.mark.skipif(sys.platform == "win32", reason="priorities are Unix's")
def test_whoever_asks_for_descriptions_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    program = 'import os, time; time.sleep(0.5); print(\'{"event": "done", "nice": %d}\' % os.nice(0))'
    monkeypatch.setattr(retrain, "trainer_command", lambda _: [sys.executable, "-c", program])
    outcome = retrain._train([])
    assert outcome is not None
    assert outcome["nice"] == 19


@pytest.mark.skipif(sys.platform == "win32", reason="signals are Unix's")
def test_a_trainer_that_is_killed_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot say so itself, as when the system is short of memory."""
    killed = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
    monkeypatch.setattr(retrain, "trainer_command", lambda _: killed)
    with pytest.raises(AltdError) as caught:
        retrain._train([])
    assert caught.value.code == "trainer_failed"
    assert "SIGKILL" in caught.value.message
