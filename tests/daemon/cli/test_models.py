"""Choosing, listing and removing models by command."""

from __future__ import annotations

import json

import pytest

from altd.config import Settings, choose_model
from altd.errors import AltdError
from altd.models.lock import LOCK, Lock, sha256
from altd.paths import Paths
from daemon.cli.processes import altd

NAME = "smolvlm2-256m"


@pytest.fixture
def here() -> Paths:
    """A machine with one pulled model."""
    paths = Paths.default()
    directory = paths.models_dir / NAME
    directory.mkdir(parents=True)
    (directory / "config.json").write_text("{}")
    files = {"config.json": sha256(directory / "config.json")}
    Lock(NAME, "a/b", "0" * 40, "Apache-2.0", "2026-01-01T00:00:00+00:00", files).write(directory)
    return paths


def test_from_choosing_to_removing(here: Paths) -> None:
    missing = altd("models", "use", "qwen3-vl-8b")
    assert (missing.code, missing.out) == (1, "")
    assert "`altd models pull qwen3-vl-8b`" in missing.err
    assert altd("models", "use", NAME).out == f"{NAME} is chosen.\n"
    listed = {model["name"]: model for model in json.loads(altd("models", "list", "--json").out)["models"]}
    assert (listed[NAME]["chosen"], listed[NAME]["here"]) == (True, True)
    assert listed[NAME]["revision"] == "0" * 40
    assert listed["qwen3-vl-4b"]["memory_bytes"]["nf4_cuda"] < 5 * 2**30
    assert f"model\t{NAME}\tchosen\t" in altd("models", "list").out
    assert altd("models", "verify", NAME).out == f"{NAME} is whole.\n"
    in_use = altd("models", "remove", NAME)
    assert (in_use.code, in_use.out) == (1, "")
    assert altd("models", "use", "bundled").code == 0
    assert altd("models", "remove", NAME).code == 0
    assert not (here.models_dir / NAME).exists()
    assert altd("models", "remove", NAME).code == 1


def test_damage(here: Paths) -> None:
    (here.models_dir / NAME / "config.json").write_text("{ }")
    outcome = altd("models", "verify")
    assert (outcome.code, outcome.out) == (1, "")
    assert f"config.json of {NAME}" in outcome.err
    (here.models_dir / NAME / LOCK).write_text("no lock")
    assert LOCK in altd("models", "verify", NAME).err


def test_a_choice_leaves_the_other_settings_alone() -> None:
    file = Paths.default().config_file
    choose_model(file, "bundled")
    assert file.read_text() == 'model = "bundled"\n'
    file.write_text('# mine\nport = 1234  # high\nmodel = "bundled"\nlog_level = "debug"\n')
    choose_model(file, NAME)
    assert file.read_text() == f'model = "{NAME}"\n# mine\nport = 1234  # high\nlog_level = "debug"\n'
    assert Settings.load(file, {}) == Settings(model=NAME, port=1234, log_level="debug")


def test_a_choice_in_broken_settings_changes_nothing() -> None:
    file = Paths.default().config_file
    file.parent.mkdir(parents=True)
    file.write_text("prot = 1")
    with pytest.raises(AltdError):
        choose_model(file, NAME)
    assert file.read_text() == "prot = 1"
