"""What training leaves in a home holds no byte of what was purged."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from altd.models.purged import is_clean
from altd.server.purge import purge_target
from altd.store.database import Database
from altd.store.purging import find_target
from altd_trainer.retrain import RetrainOptions, retrain

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
def test_neither_work_folder_nor_generation_keeps_a_word_or_a_picture(
    tmp_path: Path, speaking_model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALTD_MODEL", str(speaking_model_dir))
    home = Home(tmp_path / "home")
    paths = home.paths
    edit_pictures(home)
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
