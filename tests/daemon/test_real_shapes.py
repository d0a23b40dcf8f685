"""A model of real shape in NF4, in the real process: it answers, is cancelled, and swaps adapters.

Widths, vocabulary and image tokens are real, the weights random, and each tower is two layers deep;
`ALTD_WHOLE_SHAPES=1` builds all layers, and `altd bench serve --model smolvlm-256m` measures them.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from altd.models.generations import FILES, install, staging
from altd.models.manifest import Manifest
from altd.paths import Paths
from altd_trainer.bench.serving.measure import draw
from altd_trainer.bench.serving.shapes import SHAPES, build
from daemon_process import start_daemon

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def install_copy(paths: Paths) -> str:
    """The first generation once more, as the second."""
    first = paths.generations_dir / "g0001"
    with staging(paths) as directory:
        for name in FILES:
            shutil.copy(first / name, directory / name)
        return install(paths, directory, replace(Manifest.read(first), parent="g0001", files={}))


@pytest.mark.parametrize("name", SHAPES)
def test_it_answers_is_cancelled_and_swaps_adapters(name: str, tmp_path: Path) -> None:
    whole = "ALTD_WHOLE_SHAPES" in os.environ
    model = build(SHAPES[name] if whole else SHAPES[name].shallow(2), tmp_path / name)
    first, second, third = draw(3)
    with start_daemon(tmp_path / "home", model, "nf4") as daemon:
        daemon.wait_until_ready()
        before = daemon.describe(first.picture, first.request)
        assert before["generation"] == "g0001"

        running = daemon.submit(second.picture, b'{"detail": "long"}').body
        assert daemon.await_event(running["id"], "token")
        assert daemon.ask("DELETE", f"/v1/descriptions/{running['id']}").status == 204
        assert daemon.ask("GET", f"/v1/descriptions/{running['id']}?wait=20").code == "cancelled"

        assert install_copy(Paths.under(tmp_path / "home")) == "g0002"
        assert daemon.json("PUT", "/v1/models/active", {"generation": "g0002"}).status == 200
        after = daemon.describe(third.picture, third.request)
        assert (after["generation"], after["cached"]) == ("g0002", False)
        status = daemon.ask("GET", "/v1/status").body
        assert (status["status"], status["generation"]) == ("ready", "g0002")
