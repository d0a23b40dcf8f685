"""After a purge no byte of what went is anywhere below `ALTD_HOME`, however often it was broken off."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from sqlite3 import Connection
from threading import Event, Thread

import pytest

from altd.errors import AltdError
from altd.models import generations
from altd.models.manifest import FILES
from altd.models.purged import is_clean, marks
from altd.paths import Paths
from altd.server import purge
from altd.server.purge import finish_purge, purge_target
from altd.store import queries
from altd.store.database import Database
from altd.store.images import ImageStore
from altd.store.purging import Target, find_target
from daemon.store.rows import description, feedback
from daemon_process import picture, start_daemon
from tiny_generation import tiny_manifest

SECRET = "Grandmother’s kitchen, 7 Quince Lane"
WRITTEN = "My grandmother kneads dough, flour up to her elbows."


@pytest.fixture
def paths() -> Paths:
    found = Paths.default()
    found.ensure()
    return found


@pytest.fixture
def database(paths: Paths) -> Iterator[Database]:
    with Database(paths.database, paths.backups_dir) as opened:
        yield opened


def give(
    paths: Paths, database: Database, number: int, text: str = "Another post", image: bytes = b""
) -> str:
    """A post with a description and an edit of it; returns the verdict's id."""
    digest = ImageStore(paths.images_dir, 10**8).keep(image or picture(number), set)
    row = description(
        id=f"d{number}", image_sha256=digest, context={"site": "x", "text": text}, text=f"Shown {number}"
    )
    written = WRITTEN if text == SECRET else f"Written {number}"
    verdict = feedback(id=f"f{number}", key=f"k{number}", description_id=row.id, verdict="edit", text=written)

    def write(connection: object) -> None:
        queries.save_description(connection, row)  # type: ignore[arg-type]
        queries.record_feedback(connection, verdict)  # type: ignore[arg-type]

    database.write(write)
    return verdict.id


def learn(paths: Paths, verdicts: list[str], parent: str | None) -> str:
    manifest = replace(
        tiny_manifest("tiny", parent),
        examples={"count": len(verdicts), "ids": [f"0123456789abcdef:{each}" for each in verdicts]},
    )
    with generations.staging(paths) as directory:
        for name in FILES:
            (directory / name).write_bytes(name.encode())
        return generations.install(paths, directory, manifest)


def everything_in(home: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())


def assert_gone(paths: Paths, image: bytes) -> None:
    content = everything_in(paths.database.parent)
    for text in (SECRET, WRITTEN, "Quince", "Shown 1\0"):
        assert text.encode() not in content
    assert image not in content
    assert image[40:104] not in content


def plan(database: Database, **which: str) -> Target:
    return database.read(lambda connection: find_target(connection, **which))


def test_one_post_goes_and_the_others_stay(paths: Paths, database: Database) -> None:
    secret = picture(1)
    give(paths, database, 1, SECRET, secret)
    give(paths, database, 2)
    (paths.cache_dir / "retrain").mkdir()
    (paths.cache_dir / "retrain" / "left").write_bytes(SECRET.encode())
    (paths.backups_dir / "before-m002.sqlite").write_bytes(SECRET.encode())
    (paths.images_dir / f".{plan(database, post='f1').images[0]}.77.ab").write_bytes(secret[:90])
    assert SECRET.encode() in everything_in(paths.database.parent)  # the search finds it while it is there
    outcome = purge_target(paths, database, plan(database, post="f1"))
    assert (outcome.verdicts, outcome.generations) == (1, ())
    assert_gone(paths, secret)
    assert [row.feedback.id for row in database.read(queries.evidence)] == ["f2"]
    assert len(list(paths.images_dir.iterdir())) == 1
    assert not paths.purge_file.exists()


def test_an_image_of_two_posts_stays_with_the_one(paths: Paths, database: Database) -> None:
    shared = picture(9)
    give(paths, database, 1, SECRET, shared)
    give(paths, database, 2, "Another post", shared)
    assert plan(database, post="d1").images == ()
    target = plan(database, image="d1")
    assert (target.descriptions, target.verdicts, len(target.images)) == (("d1", "d2"), ("f1", "f2"), 1)
    purge_target(paths, database, target)
    assert_gone(paths, shared)


def test_pictures_without_a_post_are_no_one_post(paths: Paths, database: Database) -> None:
    give(paths, database, 1, "")
    give(paths, database, 2, "")
    assert plan(database, post="f1").descriptions == ("d1",)


def test_what_is_not_there(database: Database) -> None:
    with pytest.raises(AltdError) as caught:
        plan(database, post="nothing")
    assert caught.value.code == "unknown_description"


def test_a_broken_generation_stops_no_purge(paths: Paths, database: Database) -> None:
    secret = picture(1)
    give(paths, database, 1, SECRET, secret)
    names = [learn(paths, ["f1"], None) for _ in range(2)]
    (paths.generations_dir / names[0] / "manifest.json").write_text("{")
    outcome = purge_target(paths, database, plan(database, post="f1"))
    assert outcome.generations == (names[1],)
    assert_gone(paths, secret)
    assert not paths.purge_file.exists()


def test_what_was_installed_while_it_ran_is_marked(
    paths: Paths, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training reads the rows before they go, and installs after the manifests were looked at."""
    give(paths, database, 1, SECRET)
    delete = purge.delete_rows

    def install_then_delete(connection: Connection, target: Target) -> int:
        learn(paths, ["f1"], None)
        return delete(connection, target)

    monkeypatch.setattr(purge, "delete_rows", install_then_delete)
    assert purge_target(paths, database, plan(database, post="f1")).generations == ("g0001",)


def test_a_folder_that_is_written_into_goes(paths: Paths, database: Database) -> None:
    """A training that has not seen the purge yet writes on; what it writes then is its own to remove."""
    give(paths, database, 1, SECRET)
    left, go_on = paths.cache_dir / "retrain", Event()

    def write() -> None:
        for number in count():
            if go_on.is_set():
                return
            left.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):
                (left / str(number)).touch()

    writer = Thread(target=write)
    writer.start()
    try:
        assert purge_target(paths, database, plan(database, post="f1")).verdicts == 1
    finally:
        go_on.set()
        writer.join()


def test_who_learned_from_it_is_marked_and_who_came_of_that(paths: Paths, database: Database) -> None:
    for number, text in ((1, SECRET), (2, "Another"), (3, "A third")):
        give(paths, database, number, text)
    first = learn(paths, ["f2"], None)
    second = learn(paths, ["f1:f2", "f3"], first)
    third = learn(paths, ["f3"], second)
    before = generations.list_generations(paths)
    assert purge_target(paths, database, plan(database, post="f1")).generations == (second, third)
    assert [is_clean(paths, name) for name in (first, second, third)] == [True, False, False]
    found = marks(paths)
    assert (found[second].examples, found[second].through, found[third].through) == (1, None, second)
    assert "1 examples" in found[second].sentence()
    assert second in found[third].sentence()
    assert generations.list_generations(paths) == before  # no manifest changed
    assert generations.verify(paths, second).parent == first
    assert purge_target(paths, database, plan(database, image="f2")).generations == (first,)


def test_a_broken_purge_is_finished_by_the_next_start(paths: Paths, database: Database) -> None:
    """As after a kill behind each step: the note is there, and what follows it is not done yet."""
    secret = picture(1)
    give(paths, database, 1, SECRET, secret)
    target = plan(database)
    purge_target(paths, database, target)
    give(paths, database, 1, SECRET, secret)
    note = '{"descriptions": ["d1"], "verdicts": ["f1"], "images": ["%s"], "everything": false}'
    paths.purge_file.write_text(note % target.images[0])
    for _ in range(2):
        finish_purge(paths, database)
        assert_gone(paths, secret)
        assert not paths.purge_file.exists()


_PROGRAM = """
from altd.paths import Paths
from altd.server.purge import finish_purge, purge_target
from altd.store.database import Database
from altd.store.purging import find_target
paths = Paths.default()
with Database(paths.database, paths.backups_dir) as database:
    print("open", flush=True)
    purge_target(paths, database, database.read(lambda c: find_target(c, post="f1")))
    print("done", flush=True)
"""


def test_killed_at_any_moment_it_is_undone_or_finished(paths: Paths) -> None:
    """Whatever the moment: either nothing was asked yet and all is there, or the next opening ends it."""
    chance, secret = random.Random(5), picture(1)
    for _ in range(6):
        with Database(paths.database, paths.backups_dir) as database:
            give(paths, database, 1, SECRET, secret)
            give(paths, database, 2)
        child = subprocess.Popen([sys.executable, "-c", _PROGRAM], stdout=subprocess.PIPE)
        assert child.stdout is not None
        assert child.stdout.readline() == b"open\n"
        time.sleep(chance.random() * 0.04)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        with Database(paths.database, paths.backups_dir) as database:
            asked = paths.purge_file.exists()
            finish_purge(paths, database)
            left = {row.feedback.id for row in database.read(queries.evidence)}
            assert left in ({"f2"}, {"f1", "f2"})
            assert not (asked and "f1" in left)
            if left == {"f2"}:
                assert_gone(paths, secret)
            purge_target(paths, database, plan(database))


def test_over_http_the_daemon_forgets_too(tiny_model: Path, tmp_path: Path) -> None:
    home, secret = tmp_path / "home", picture(77)
    with start_daemon(home, tiny_model) as daemon:
        daemon.wait_until_ready()
        shown = daemon.describe(secret, {"context": {"site": "x", "text": SECRET}})
        other = daemon.describe(picture(78), {"context": {"site": "x", "text": "Another"}})
        for each in (shown, other):
            body = {"description_id": each["id"], "verdict": "edit", "text": WRITTEN, "key": uuid.uuid4().hex}
            assert daemon.json("POST", "/v1/feedback", body).status == 200
            assert (
                daemon.json("POST", "/v1/feedback", {**body, "text": "So.", "key": uuid.uuid4().hex}).status
                == 200
            )
        assert daemon.ask("DELETE", "/v1/feedback?post=a&image=b").code == "invalid_request"
        assert daemon.ask("DELETE", "/v1/feedback?post=nothing").code == "unknown_description"
        answer = daemon.ask("DELETE", f"/v1/feedback?post={shown['id']}")
        assert answer.body == {"deleted": 2, "images": 1, "generations": []}
        assert daemon.ask("GET", f"/v1/descriptions/{shown['id']}").code == "unknown_description"
        assert daemon.ask("GET", f"/v1/descriptions/{other['id']}").status == 200
        content = everything_in(home)
        assert b"Quince" not in content
        assert secret[40:104] not in content
        assert daemon.ask("DELETE", "/v1/feedback").body["deleted"] == 2
        assert WRITTEN.encode() not in everything_in(home)
