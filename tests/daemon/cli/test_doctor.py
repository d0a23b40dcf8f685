"""What the doctor says of cards, models, the port and browsers, each with the line to type."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from altd.cli._machine_checks import best, check_pulls, chosen_fit, graphics
from altd.cli._offer import offer_model
from altd.config import Settings
from altd.models.hardware import Card, Machine
from altd.models.known import KNOWN
from altd.paths import Paths
from daemon.cli.processes import altd

GIB = 2**30


def machine(card_gib: float = 8, *, driver: str = "570.10", torch: str = "2.13.0+cu128") -> Machine:
    return Machine(16 * GIB, Card("RTX 4060", int(card_gib * GIB), driver), None, torch)


NO_CARD = Machine(16 * GIB, None, None, "2.13.0+cpu")


def test_a_card_that_works() -> None:
    finding = graphics(machine())
    assert (finding.level, finding.fix) == ("ok", None)
    assert "RTX 4060, 8.0 GB, driver 570.10" in finding.detail


def test_torch_without_cuda_beside_a_card() -> None:
    finding = graphics(machine(torch="2.13.0+cpu"))
    assert finding.level == "advice"
    assert finding.fix is not None
    assert "pip install --force-reinstall torch --index-url" in finding.fix


def test_a_driver_that_is_too_old() -> None:
    finding = graphics(machine(driver="470.82.01"))
    assert (finding.level, finding.hardware) == ("broken", True)
    assert "525 or newer" in finding.detail
    assert graphics(machine(driver="570.1", torch="2.13.0+cu130")).level == "broken"
    assert graphics(machine(driver="580.1", torch="2.13.0+cu130")).level == "ok"


def test_a_driver_that_does_not_answer() -> None:
    finding = graphics(Machine(16 * GIB, None, "the driver does not answer", "2.13.0"))
    assert (finding.level, finding.fix) == ("advice", "nvidia-smi")


def test_the_best_model_with_the_line_that_fetches_it() -> None:
    paths = Paths.default()
    finding = best(machine(), paths)
    assert finding.fix == "altd models pull qwen3-vl-4b && altd models use qwen3-vl-4b"
    place = paths.models_dir / "qwen3-vl-4b"
    place.mkdir(parents=True)
    (place / "config.json").write_text("{}")
    assert best(machine(), paths).fix == "altd models use qwen3-vl-4b"
    assert best(NO_CARD, paths).level == "ok"
    assert best(machine(1), paths).level == "ok"


def test_a_chosen_model_that_does_not_fit() -> None:
    finding = chosen_fit(machine(6), KNOWN["qwen3-vl-8b"], "nf4")
    assert (finding.level, finding.hardware) == ("broken", True)
    assert finding.fix == "altd models use qwen3-vl-4b"
    assert chosen_fit(machine(6), KNOWN["qwen3-vl-4b"], "nf4").level == "ok"
    assert chosen_fit(machine(6), KNOWN["qwen3-vl-4b"], "none").level == "broken"
    assert chosen_fit(NO_CARD, KNOWN["smolvlm2-500m"], "nf4").level == "advice"


def test_a_pull_that_broke_off() -> None:
    paths = Paths.default()
    assert list(check_pulls(paths)) == []
    (paths.models_dir / ".qwen3-vl-2b.89644892e4d8.staging").mkdir(parents=True)
    [finding] = check_pulls(paths)
    assert finding.fix == "altd models pull qwen3-vl-2b"


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card in the tool's answer, a port that is taken, a model that is not here, no browser."""
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'Tesla T4, 15360, 535.129.03'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("ALTD_MODEL", "qwen3-vl-2b")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("ALTD_PORT", str(taken.getsockname()[1]))
        outcome = altd("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(outcome.out)}
    assert outcome.code == 1
    assert "Tesla T4, 15.0 GB" in findings["graphics card"]["detail"]
    assert findings["port"]["fix"] == "altd start --port 0"
    assert findings["model"]["fix"] == "altd models pull qwen3-vl-2b"
    assert findings["browsers"]["fix"] == "altd start && altd pair"


def test_the_first_start_offers_and_fetches_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    paths = Paths.default()
    offer_model(paths, Settings(), machine)
    said = capsys.readouterr()
    assert said.out == ""
    assert "`altd models pull qwen3-vl-4b` fetches it (8.3 GB)" in said.err
    assert not paths.models_dir.exists()


def test_what_is_not_offered(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    paths = Paths.default()
    offer_model(paths, Settings(), lambda: NO_CARD)
    offer_model(paths, Settings(model="smolvlm2-500m"), machine)
    assert capsys.readouterr().err == ""
    offer_model(paths, Settings(), lambda: machine(torch="2.13.0+cpu"))
    assert "`altd doctor`" in capsys.readouterr().err
    paths.ensure()
    paths.database.touch()  # not the first start
    offer_model(paths, Settings(), machine)
    assert capsys.readouterr().err == ""
