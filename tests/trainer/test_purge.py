"""What training leaves in a home holds no byte of what was purged."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from altd.errors import AltdError
from altd.models.generations import list_generations, promote
from altd.models.purged import is_clean, marks
from altd.paths import Paths
from altd.server.purge import purge_target
from altd.store.database import Database
from altd.store.purging import find_target
from altd_trainer.retrain import RetrainOptions, retrain
from altd_trainer.retrain.start import Start

from .test_retrain import WANTED, edit_pictures
from .verdicts import Home

SHOWN = "A picture of a thing."
POST = b"Post 3"
OPTIONS = RetrainOptions(
    steps=20,
    learning_rate=5e-3,
    drafts=1,
    draft_steps=2,
    rehearsed_pictures=1,
    hold=0,
    base_pictures=40,
    watched_pictures=8,
)


class Stop(Exception):  # noqa: N818 - nothing failed
    """Ends a training where it is."""


def stop_behind_a_checkpoint(event: Mapping[str, Any]) -> None:
    if event.get("step") == 12:
        raise Stop


@pytest.fixture
def home(tmp_path: Path, speaking_model_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with verdicts enough to learn from."""
    monkeypatch.setenv("ALTD_MODEL", str(speaking_model_dir))
    home = Home(tmp_path / "home")
    edit_pictures(home)
    return home


def purge_all(paths: Paths) -> None:
    with Database(paths.database, paths.backups_dir) as database:
        purge_target(paths, database, database.read(find_target))


def places(home: Home, needles: list[bytes]) -> set[str]:
    """The folders and files of a home in which one of these is, by their first name."""
    top = home.paths.database.parent
    found = set()
    for file in (path for path in top.rglob("*") if path.is_file()):
        content = file.read_bytes()
        if any(needle in content for needle in needles):
            found.add(file.relative_to(top).parts[0])
    return found


@pytest.mark.slow
def test_neither_work_folder_nor_generation_keeps_a_word_or_a_picture(home: Home) -> None:
    paths = home.paths
    assert retrain(paths, OPTIONS, lambda event: None)["generation"] == "g0001"
    edit_pictures(home, train=2, held_out=1, wish="Marmalade in jars.")
    with pytest.raises(Stop):
        retrain(paths, OPTIONS, stop_behind_a_checkpoint)
    work = {path.name for path in (paths.cache_dir / "retrain").iterdir()}
    assert {"plan", "checkpoints"} <= work
    assert list((paths.cache_dir / "retrain").rglob("checkpoint-10/*"))
    images = [path.read_bytes() for path in paths.images_dir.iterdir()]
    words = [text.encode() for text in (SHOWN, WANTED, "Marmalade in jars.")] + [POST]
    pieces = [image[40:88] for image in images]
    # while they are there, they are in the database and among the images; what a draft wrote in a person's
    # words is in the work folder
    assert places(home, words) == {"altd.sqlite", "cache"}
    assert places(home, images) == {"images"}
    with Database(paths.database, paths.backups_dir) as database:
        purge_target(paths, database, database.read(find_target))
        assert places(home, [*words, *images, *pieces]) == set()  # while the log is open, too
    assert places(home, [*words, *images, *pieces]) == set()
    assert list(paths.cache_dir.iterdir()) == []
    assert not is_clean(paths, "g0001")


@pytest.mark.parametrize("moment", ["drafting", "rehearsed", "step", "stride", "judging"])
def test_a_purge_ends_the_training_that_learns_from_it(home: Home, moment: str) -> None:
    """Whatever it writes after the purge goes, too, and the old generation still serves."""
    paths, happened = home.paths, list[str]()

    def purge_then(event: Mapping[str, Any]) -> None:
        if event["event"] == moment and moment not in happened:
            purge_all(paths)
        happened.append(str(event["event"]))

    with pytest.raises(AltdError) as caught:
        retrain(paths, OPTIONS, purge_then)
    assert moment in happened
    assert caught.value.code in ("feedback_purged", "trainer_failed")
    assert list_generations(paths) == []
    assert places(home, [SHOWN.encode(), WANTED.encode(), POST]) == set()
    assert not (paths.cache_dir / "retrain").exists()
    assert not list((paths.cache_dir / "drawn").glob("*"))


def test_what_was_killed_before_it_saw_the_purge_is_removed_by_the_next(
    tmp_path: Path, model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALTD_MODEL", str(model_dir))
    paths = Home(tmp_path / "home").paths
    left = paths.cache_dir / "retrain" / "drawn"
    left.mkdir(parents=True)
    (left / "0.json").write_text('["A secret."]')
    with pytest.raises(AltdError) as caught:
        retrain(paths, OPTIONS, lambda event: None)
    assert caught.value.code == "no_feedback"
    assert not left.parent.exists()


def test_the_child_of_a_marked_generation_is_marked(home: Home) -> None:
    paths = home.paths
    assert retrain(paths, OPTIONS, lambda event: None)["generation"] == "g0001"
    promote(paths, "g0001")
    purge_all(paths)
    edit_pictures(home, shown=WANTED, wish="A picture of a thing.")
    assert retrain(paths, OPTIONS, lambda event: None)["generation"] == "g0002"
    assert marks(paths)["g0002"].through == "g0001"
    assert Start.find(paths, clean=True).generation is None
