"""Switching generations while the daemon serves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from altd.models import generations
from altd.paths import Paths
from daemon_process import Daemon, picture, start_daemon
from tiny_generation import copy_adapter, tiny_manifest


@pytest.fixture(scope="module")
def two(tiny_model: Path, other_adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon of its own with a second generation installed."""
    with start_daemon(tmp_path_factory.mktemp("two") / "home", tiny_model) as running:
        install(Paths.under(running.home), other_adapter, base=tiny_model)
        running.wait_until_ready()
        yield running


def install(paths: Paths, adapter: Path, base: str | Path) -> str:
    with generations.staging(paths) as directory:
        copy_adapter(adapter, directory)
        return generations.install(paths, directory, tiny_manifest(base, parent="g0001"))


def activate(daemon: Daemon, generation: str, expected: str | None = None) -> tuple[int, str]:
    body = {"generation": generation, "expected_generation": expected}
    answer = daemon.json("PUT", "/v1/models/active", body)
    return answer.status, answer.body.get("generation") or answer.code


def test_the_list_names_models_and_generations(two: Daemon) -> None:
    body = two.ask("GET", "/v1/models").body
    assert [model["id"] for model in body["data"]] == ["tiny", "bundled"]
    assert [entry["generation"] for entry in body["generations"]][:2] == ["g0001", "g0002"]


def test_switching_changes_who_answers_and_forgets_no_old_answer(two: Daemon) -> None:
    activate(two, "g0001")
    old = two.describe(picture(40))
    assert activate(two, "g0002", expected="g0001") == (200, "g0002")
    new = two.describe(picture(40))
    assert (old["generation"], new["generation"]) == ("g0001", "g0002")
    assert not new["cached"]
    assert new["text"] != old["text"]
    assert two.ask("GET", "/v1/status").body["generation"] == "g0002"
    assert generations.active_generation(Paths.under(two.home)) == "g0002"
    assert activate(two, "g0001", expected="g0002") == (200, "g0001")
    assert two.describe(picture(40))["text"] == old["text"]


def test_a_switch_from_a_generation_that_is_not_active(two: Daemon) -> None:
    activate(two, "g0001")
    assert activate(two, "g0002", expected="g0002") == (409, "generation_conflict")
    assert two.ask("GET", "/v1/models").body["active"] == "g0001"


@pytest.mark.parametrize("generation", ["g0009", "g1", "..", "bundled"])
def test_unknown_generations(two: Daemon, generation: str) -> None:
    assert activate(two, generation) == (404, "unknown_generation")


def test_a_name_that_is_no_name(two: Daemon) -> None:
    assert activate(two, "../../etc") == (400, "invalid_request")


def test_a_generation_of_another_model(two: Daemon, other_adapter: Path) -> None:
    foreign = install(Paths.under(two.home), other_adapter, base="another model")
    assert activate(two, foreign) == (409, "generation_unfit")


def test_a_generation_of_other_weights_of_the_same_model(two: Daemon, other_adapter: Path) -> None:
    old = install(Paths.under(two.home), other_adapter, base="tiny")  # without the digest of these weights
    assert activate(two, old) == (409, "generation_unfit")
    assert two.ask("GET", "/v1/status").body["status"] == "ready"


def test_a_generation_whose_files_were_changed(two: Daemon, tiny_model: Path, other_adapter: Path) -> None:
    paths = Paths.under(two.home)
    broken = install(paths, other_adapter, base=tiny_model)
    weights = paths.generations_dir / broken / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    active = generations.active_generation(paths)
    assert activate(two, broken) == (409, "generation_broken")
    assert generations.active_generation(paths) == active
