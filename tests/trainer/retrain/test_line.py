"""The rounds of a line of generations, as manifests tell them."""

from pathlib import Path
from typing import Any

from altd.models.manifest import MANIFEST, Manifest
from altd.paths import Paths
from altd_trainer.gate import Round
from altd_trainer.retrain.line import rounds


def generation(paths: Paths, name: str, parent: str | None, **metrics: Any) -> None:
    directory = paths.generations_dir / name
    directory.mkdir(parents=True)
    manifest = Manifest(name, parent, {}, "", 1, "retrain", metrics=metrics)
    manifest.write(directory)


def test_latest_first_back_to_the_model_itself(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path)
    generation(paths, "g0001", None, facts=0.9)  # what came with the model says nothing of these pictures
    generation(paths, "g0002", "g0001", before={"at": 1}, after={"at": 2}, drawn="these")
    generation(paths, "g0003", "g0001", before={"at": 1}, after={"at": 9}, drawn="these")  # another line
    generation(paths, "g0004", "g0002", before={"at": 2}, after={"at": 4}, drawn="these")
    assert list(rounds(paths, "g0004", "these")) == [Round({"at": 2}, {"at": 4}), Round({"at": 1}, {"at": 2})]
    assert list(rounds(paths, None, "these")) == []
    assert list(rounds(paths, "g0004", "others")) == []


def test_what_is_broken_ends_the_line(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path)
    generation(paths, "g0001", None, before={"at": 0}, after={"at": 1}, drawn="these")
    generation(paths, "g0002", "g0001", before={"at": 1}, after={"at": 2}, drawn="these")
    generation(paths, "g0003", "g0002", before={"at": 2}, after={"at": 3}, drawn="these")
    (paths.generations_dir / "g0002" / MANIFEST).write_text("{", encoding="utf-8")
    assert list(rounds(paths, "g0003", "these")) == [Round({"at": 2}, {"at": 3})]
