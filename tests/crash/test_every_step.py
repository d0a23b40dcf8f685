"""SIGKILL at every step of purging, choosing and retraining: what is on disk is wholly the old or the new.

    ALTD_CRASH_EVERY=1 pytest tests/crash/test_every_step.py

Without that variable a retraining is killed at some of its steps only, so that all of this takes a minute.
`steps` says what a step is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from altd.models import generations
from altd.models.catalogue import find_model
from altd.models.manifest import FILES
from altd.models.purged import is_clean
from altd.paths import Paths
from altd.store.database import Database, connect_read_only
from altd.store.queries import evidence
from daemon.server.test_purge import SECRET, assert_gone, everything_in, give, learn
from daemon_process import picture
from tiny_generation import copy_adapter, tiny_manifest
from trainer.conftest import model_dir, speaking_model_dir
from trainer.test_retrain import edit_pictures
from trainer.verdicts import Home

__all__ = ["model_dir", "speaking_model_dir"]  # fixtures: a tiny model that says one sentence

JUDGED = 120
"""A step shortly before a retraining is judged: those before are the same whatever comes of it."""
EVERY = int(os.environ.get("ALTD_CRASH_EVERY", "29"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc"),
]


def killed(
    command: str, home: Path, work: Path, first: int = 1, every: int = 1
) -> Iterator[tuple[Paths, Paths]]:
    """For each step the home as the kill left it, and after the next command."""
    program = [sys.executable, Path(__file__).with_name("steps.py"), command, home, work, first, every]
    done = subprocess.run([*map(str, program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    steps = range(first, int(done.stdout.splitlines()[-1]), every)
    assert len(steps) > 1
    print(f"{command}: killed at {len(steps)} steps")
    for number in steps:
        yield Paths.under(work / str(number)), Paths.under(work / f"{number}-next")


def verdicts_in(paths: Paths) -> set[str]:
    """Those that stand, in a database that is sound."""
    with closing(connect_read_only(paths.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return {row.feedback.id for row in evidence(connection)}


def test_a_purge_is_undone_or_finished(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path / "home")
    paths.ensure()
    secret, other = picture(1), picture(2)
    with Database(paths.database, paths.backups_dir) as database:
        give(paths, database, 1, SECRET, secret)
        give(paths, database, 2, image=other)
    learned = learn(paths, ["f1"], None)
    for folder in (paths.cache_dir / "retrain", paths.backups_dir):
        folder.mkdir(exist_ok=True)
        (folder / "copy").write_bytes(SECRET.encode() + secret)
    for left, after in killed("purge", tmp_path / "home", tmp_path / "work"):
        asked = left.purge_file.exists()
        assert verdicts_in(left) >= {"f2"}
        left_after = verdicts_in(after)
        assert left_after in ({"f2"}, {"f1", "f2"})
        assert not asked or left_after == {"f2"}
        assert not after.purge_file.exists()
        assert is_clean(after, learned) == ("f1" in left_after)
        content = everything_in(after.database.parent)
        assert other in content
        if "f1" in left_after:
            assert secret in content
            assert (after.cache_dir / "retrain" / "copy").is_file()
        else:
            assert_gone(after, secret)


def test_a_choice_is_made_or_not(tmp_path: Path, tiny_settings: Path, other_adapter: Path) -> None:
    paths = Paths.under(tmp_path / "home")
    paths.ensure()
    generations.ensure_generations(paths, find_model(str(tiny_settings)))
    with generations.staging(paths) as directory:
        copy_adapter(other_adapter, directory)
        generations.install(paths, directory, tiny_manifest(tiny_settings, parent="g0001"))
    active = []
    for left, after in killed("use", tmp_path / "home", tmp_path / "work"):
        active.append(generations.active_generation(left))
        for name in ("g0001", "g0002"):
            generations.verify(left, name)
        assert generations.active_generation(after) == "g0002"
    assert active == sorted(active, key=str)  # once it is chosen, it stays so
    assert set(active) == {"g0001", "g0002"}


@pytest.fixture
def clicked(tmp_path: Path, speaking_model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with enough verdicts to learn from, in the terms of the tiny model."""
    monkeypatch.setenv("ALTD_MODEL", str(speaking_model_dir))
    monkeypatch.setenv("ALTD_QUANTIZATION", "none")
    home = Home(tmp_path / "home")
    edit_pictures(home)
    return home


def test_a_retraining_ends_in_one_generation(clicked: Home, tmp_path: Path) -> None:
    """At whatever step it is killed, what serves is whole, and the next run gets to the same end."""
    given = verdicts_in(clicked.paths)
    made = set()
    for left, after in killed("retrain", tmp_path / "home", tmp_path / "work", every=EVERY):
        assert verdicts_in(left) == verdicts_in(after) == given
        assert_nothing_to_trip_over(left)
        assert generations.active_generation(left) in (None, "g0001")
        for manifest in generations.list_generations(left):
            generations.verify(left, manifest.generation)
        assert [each.generation for each in generations.list_generations(after)] == ["g0001"]
        assert generations.active_generation(after) == "g0001"
        made.add(json.dumps(generations.verify(after, "g0001").files, sort_keys=True))
        assert_told(after)
    assert len(made) == 1  # byte for byte


def assert_told(paths: Paths) -> None:
    """What was learned from is noted, and no work is left; half a note may be."""
    names = {path.name for path in paths.cache_dir.iterdir()}
    assert {name for name in names if not name.startswith(".retrained.json.")} <= {"drawn", "retrained.json"}
    assert "retrained.json" in names


def assert_nothing_to_trip_over(paths: Paths) -> None:
    """Work that a later run would go on from has the adapter that it says it has."""
    work = paths.cache_dir / "retrain"
    if (work / "plan").is_file() and (work / "trained").is_file():
        assert set(FILES) <= {path.name for path in (work / "adapter").iterdir()}


@pytest.mark.usefixtures("clicked")
def test_a_retraining_in_vain_changes_nothing(tmp_path: Path) -> None:
    """What the gate refuses leaves no half of a folder that a later run would take for its own."""
    for left, after in killed("retrain in vain", tmp_path / "home", tmp_path / "work", JUDGED, EVERY):
        assert_nothing_to_trip_over(left)
        assert generations.list_generations(after) == []
        assert_told(after)
