"""The commands beside a running daemon and without one."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from altd.models import generations
from altd.models.catalogue import Model
from altd.paths import Paths
from daemon.cli.processes import altd
from daemon_process import ORIGIN, Daemon, picture, start_daemon
from tiny_generation import copy_adapter, tiny_manifest


@pytest.fixture(scope="module")
def served(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon for this file's commands."""
    with start_daemon(tmp_path_factory.mktemp("cli") / "home", tiny_model) as running:
        running.wait_until_ready()
        yield running


@pytest.fixture
def here(served: Daemon, tiny_settings: Path, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    """The commands of this test find the daemon."""
    monkeypatch.setenv("ALTD_HOME", str(served.home))
    return served


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "boat.png"
    path.write_bytes(picture(60))
    return path


def give_feedback(daemon: Daemon, key: str) -> dict[str, Any]:
    described = daemon.describe(picture(61))
    body = {"description_id": described["id"], "verdict": "edit", "text": "A ball.", "key": key}
    return dict(daemon.json("POST", "/v1/feedback", body).body)


def test_version_and_usage() -> None:
    assert re.fullmatch(r"altd \d+\.\d+\.\d+\n", altd("--version").out)
    for wrong in (
        ["nothing"],
        ["start", "--nothing"],
        ["describe"],
        ["train", "nothing"],
        ["start", "--port", "x"],
    ):
        outcome = altd(*wrong)
        assert (outcome.code, outcome.out) == (2, "")
        assert "Usage" in outcome.err


def test_describe_with_the_daemon(here: Daemon, image: Path) -> None:
    outcome = altd("describe", str(image), "--context", "Our boat", "--site", "x", "--json")
    assert outcome.code == 0, outcome.err
    request = {"context": {"text": "Our boat", "site": "x"}}
    assert json.loads(outcome.out)["text"] == here.describe(picture(60), request)["text"]
    plain = altd("describe", "-", stdin=picture(60))
    assert plain.code == 0
    assert len(plain.out.splitlines()) <= 1


def test_describe_without_a_daemon(tiny_settings: Path, image: Path) -> None:
    outcome = altd("describe", str(image), "--json")
    assert outcome.code == 0, outcome.err
    result = json.loads(outcome.out)
    assert (result["model"], result["generation"]) == ("tiny", "g0001")
    assert not Paths.default().database.exists()


def test_describe_what_is_no_image(here: Daemon, tmp_path: Path) -> None:
    path = tmp_path / "text.png"
    path.write_bytes(b"no image")
    outcome = altd("describe", str(path))
    assert (outcome.code, outcome.out) == (1, "")
    assert "not a readable" in outcome.err
    path.write_bytes(b"")
    assert altd("describe", str(path)).code == 1
    assert altd("describe", str(tmp_path / "nothing.png")).code == 2


def test_pairing(here: Daemon) -> None:
    code = altd("pair").out.strip()
    assert len(code) == 8
    connection = http.client.HTTPConnection("127.0.0.1", here.port, timeout=10)
    body = json.dumps({"code": code, "name": "Chrome"})
    connection.request("POST", "/v1/pair", body, {"Content-Type": "application/json", "Origin": ORIGIN})
    token = json.loads(connection.getresponse().read())
    connection.close()
    listed = json.loads(altd("pair", "list", "--json").out)
    assert [(entry["name"], entry["origin"]) for entry in listed] == [("Chrome", ORIGIN)]
    assert "Chrome" in altd("pair", "list").out
    assert altd("pair", "revoke", token["id"]).code == 0
    assert altd("pair", "revoke", token["id"]).code == 1
    headers = {"Authorization": f"Bearer {token['token']}"}
    assert here.ask("GET", "/v1/status", headers=headers).status == 401
    assert json.loads(altd("pair", "list", "--json").out) == []


def test_feedback(here: Daemon, tmp_path: Path) -> None:
    first, second = give_feedback(here, "c1"), give_feedback(here, "c2")
    listed = json.loads(altd("feedback", "list", "--json").out)
    assert [entry["id"] for entry in listed] == [first["id"], second["id"]]
    assert "A ball." in altd("feedback", "list").out
    assert altd("feedback", "undo", first["id"]).code == 0
    assert altd("feedback", "undo", "nothing").code == 1
    target = tmp_path / "out.jsonl"
    assert altd("feedback", "export", "-o", str(target)).code == 0
    [line] = [json.loads(line) for line in target.read_text().splitlines()]
    assert line["id"] == second["id"]
    assert Path(line["image"]).read_bytes() == picture(61)
    assert altd("feedback", "stats").out.startswith("verdicts: 1\n  edit: 1\ntaken back: 1\n")
    assert altd("feedback", "purge").code == 2
    assert altd("feedback", "purge", "--all").code == 130
    assert altd("feedback", "purge", "--image", "nothing", "--yes").code == 1
    assert altd("feedback", "purge", "--image", second["id"], "--yes").out.endswith("1 images deleted.\n")
    assert altd("feedback", "purge", "--all", "--yes").code == 0
    assert json.loads(altd("feedback", "list", "--json").out) == []
    assert list(Paths.under(here.home).images_dir.iterdir()) == []


def test_models_with_the_daemon(here: Daemon, tiny_model: Path, other_adapter: Path) -> None:
    paths = Paths.under(here.home)
    with generations.staging(paths) as directory:
        copy_adapter(other_adapter, directory)
        generations.install(paths, directory, tiny_manifest(tiny_model, parent="g0001"))
    assert altd("models", "use", "g0002").code == 0
    assert here.ask("GET", "/v1/status").body["generation"] == "g0002"
    listed = json.loads(altd("models", "list", "--json").out)
    assert (listed["active"], len(listed["generations"])) == ("g0002", 2)
    assert "g0002\tactive" in altd("models", "list").out
    assert altd("models", "verify").out == "g0001 is whole.\ng0002 is whole.\n"
    assert altd("models", "rollback").out == "g0001 is active.\n"
    assert here.ask("GET", "/v1/status").body["generation"] == "g0001"
    assert altd("models", "rollback").code == 1
    assert altd("models", "use", "g0009").code == 1


def test_the_same_without_a_daemon(tiny_settings: Path, other_adapter: Path) -> None:
    paths = Paths.default()
    paths.ensure()
    generations.ensure_generations(paths, Model("tiny", tiny_settings, ""))
    with generations.staging(paths) as directory:
        copy_adapter(other_adapter, directory)
        generations.install(paths, directory, tiny_manifest(tiny_settings, parent="g0001"))
    assert altd("models", "use", "g0002").code == 0
    assert generations.active_generation(paths) == "g0002"
    assert altd("models", "rollback").code == 0
    assert generations.active_generation(paths) == "g0001"
    (paths.generations_dir / "g0002" / "adapter_config.json").write_text("{}")
    broken = altd("models", "verify", "g0002")
    assert (broken.code, broken.out) == (1, "")
    assert altd("feedback", "list").code == 0
    assert altd("feedback", "undo", "nothing").code == 1
    assert altd("feedback", "purge", "--all", "--yes").out == "0 verdicts and 0 images deleted.\n"
    assert altd("pair", "list").code == 0
    assert altd("pair", "revoke", "nothing").code == 1


def test_what_was_learned_on_other_weights_is_named_and_not_served(
    tiny_settings: Path, other_adapter: Path
) -> None:
    paths = Paths.default()
    paths.ensure()
    with generations.staging(paths) as directory:
        copy_adapter(other_adapter, directory)
        old = generations.install(paths, directory, tiny_manifest("tiny", parent="g0001"))
    generations.promote(paths, old)
    [entry] = json.loads(altd("models", "list", "--json").out)["generations"]
    assert "`altd retrain` learns from your verdicts again" in entry["unfit"]
    assert entry["unfit"] in altd("models", "list").out
    assert altd("models", "use", old).code == 1
    assert f"{entry['unfit']} It is kept." in altd("doctor").out
    with start_daemon(paths.database.parent, tiny_settings) as running:
        assert running.ask("GET", "/v1/status").body["generation"] == "g0002"  # the model's own
    assert generations.active_generation(paths) == "g0002"
    assert old in altd("models", "list").out


def test_retrain_without_feedback(tiny_settings: Path) -> None:
    for command in (["retrain"], ["retrain", "--dry-run", "--json"]):
        outcome = altd(*command)
        assert (outcome.code, outcome.out) == (1, "")
        assert "no feedback" in outcome.err


def test_doctor(here: Daemon) -> None:
    outcome = altd("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(outcome.out)}
    assert outcome.code == 0, outcome.out
    assert findings["daemon"]["level"] == "ok"
    assert findings["database"]["level"] == "ok"
    assert "SQLite" in altd("doctor").out


def test_doctor_finds_what_is_broken(tiny_settings: Path) -> None:
    paths = Paths.default()
    paths.ensure()
    paths.database.write_bytes(b"not a database, but long enough to be read as one" * 100)
    paths.database.parent.chmod(0o755)
    outcome = altd("doctor", "--json")
    levels = {finding["name"]: finding["level"] for finding in json.loads(outcome.out)}
    assert outcome.code == 1
    assert (levels["database"], levels["privacy"]) == ("broken", "advice")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    outcome = altd("completion", shell)
    assert outcome.code == 0
    assert "_ALTD_COMPLETE" in outcome.out
    assert outcome.err == ""


def test_completion_completes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ALTD_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "altd st")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert altd().out.split() == ["plain,start", "plain,stop", "plain,status"]


def test_the_trainer_gets_its_arguments_as_they_are() -> None:
    assert "--recipe" in altd("train", "sft", "--help").out
    assert "--model" in altd("eval", "--help").out
    assert altd("eval", "--nothing").code == 2
