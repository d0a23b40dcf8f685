"""Generations on disk: whole or not there, old or new."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest

from altd.errors import AltdError
from altd.models import generations, manifest
from altd.models.catalogue import Model
from altd.models.fit import weights_digest, why_unfit
from altd.models.manifest import FILES
from altd.paths import Paths
from tiny_generation import tiny_manifest


@pytest.fixture
def paths() -> Paths:
    found = Paths.default()
    found.ensure()
    return found


def install(paths: Paths, content: bytes = b"weights", parent: str | None = None) -> str:
    with generations.staging(paths) as directory:
        for name in FILES:
            (directory / name).write_bytes(content + name.encode())
        return generations.install(paths, directory, tiny_manifest("tiny", parent))


def code(call: object, *arguments: object, **named: object) -> str:
    with pytest.raises(AltdError) as caught:
        call(*arguments, **named)  # type: ignore[operator]
    return caught.value.code


def test_generations_are_numbered_in_order(paths: Paths) -> None:
    assert [install(paths) for _ in range(3)] == ["g0001", "g0002", "g0003"]
    assert [entry.generation for entry in generations.list_generations(paths)] == ["g0001", "g0002", "g0003"]
    assert generations.active_generation(paths) is None


def test_a_generation_is_private_and_nothing_else_is_left(paths: Paths) -> None:
    name = install(paths)
    directory = paths.generations_dir / name
    assert {path.name for path in paths.generations_dir.iterdir()} == {name}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}


def test_a_failed_installation_leaves_nothing(paths: Paths) -> None:
    def build() -> None:
        with generations.staging(paths) as directory:
            (directory / FILES[0]).write_bytes(b"half")
            raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        build()
    assert list(paths.generations_dir.iterdir()) == []


@pytest.mark.parametrize("files", [FILES[:1], FILES[1:], (*FILES, "adapter_model.bin"), (*FILES, "code.py")])
def test_a_directory_with_other_files_is_no_generation(paths: Paths, files: tuple[str, ...]) -> None:
    with generations.staging(paths) as directory:
        for name in files:
            (directory / name).write_bytes(b"x")
        assert code(generations.install, paths, directory, tiny_manifest("tiny")) == "generation_broken"
    assert generations.list_generations(paths) == []


def test_two_installations_at_once_get_two_numbers(paths: Paths) -> None:
    with generations.staging(paths) as first, generations.staging(paths) as second:
        for directory in (first, second):
            for name in FILES:
                (directory / name).write_bytes(b"x")
        names = [
            generations.install(paths, directory, tiny_manifest("tiny")) for directory in (first, second)
        ]
    assert names == ["g0001", "g0002"]


def test_a_number_taken_meanwhile(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    install(paths)
    real = generations._next_name
    answers = iter(["g0001"])
    monkeypatch.setattr(generations, "_next_name", lambda paths: next(answers, None) or real(paths))
    assert install(paths) == "g0002"


def test_promotion_and_rollback(paths: Paths) -> None:
    first = install(paths)
    generations.promote(paths, first)
    second = install(paths, parent=first)
    generations.promote(paths, second, expected=first)
    assert generations.active_generation(paths) == second
    assert generations.rollback(paths) == first
    assert generations.active_generation(paths) == first
    assert code(generations.rollback, paths) == "nothing_to_roll_back"


def test_promotion_refuses(paths: Paths) -> None:
    first, second = install(paths), install(paths)
    generations.promote(paths, first)
    assert code(generations.promote, paths, second, expected=second) == "generation_conflict"
    another = Model("another", paths.generations_dir, "")
    assert code(generations.promote, paths, second, model=another) == "generation_unfit"
    for name in ("g0009", "..", "", "g0001/../g0002"):
        assert code(generations.promote, paths, name) == "unknown_generation"
    (paths.generations_dir / second / FILES[0]).write_bytes(b"changed")
    assert code(generations.promote, paths, second) == "generation_broken"
    assert generations.active_generation(paths) == first


@pytest.mark.parametrize("content", ["", "{", "[]", '{"generation": "g0001"}', '{"unknown": 1}'])
def test_a_manifest_that_is_none(paths: Paths, content: str) -> None:
    name = install(paths)
    (paths.generations_dir / name / manifest.MANIFEST).write_text(content)
    assert code(generations.verify, paths, name) == "generation_broken"


def test_a_generation_under_another_name(paths: Paths) -> None:
    name = install(paths)
    (paths.generations_dir / name).rename(paths.generations_dir / "g0005")
    assert code(generations.verify, paths, "g0005") == "generation_broken"


def test_a_pointer_that_cannot_be_written_stays_as_it_was(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = install(paths), install(paths)
    generations.promote(paths, first)

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        generations.promote(paths, second)
    assert generations.active_generation(paths) == first
    assert not list(paths.active_file.parent.glob(".active*"))


def make_model(directory: Path, content: bytes, name: str = "model") -> Model:
    """A model's directory with an adapter of its own; other content is another version of it."""
    adapter = directory / name / "adapter"
    adapter.mkdir(parents=True, exist_ok=True)
    (directory / name / "model.safetensors").write_bytes(content)
    for file in (*FILES, "README.md"):
        (adapter / file).write_bytes(b"adapter on " + content)
    tiny_manifest(directory / name).write(adapter)
    return Model(name, directory / name, "")


def learn(paths: Paths, model: Model, parent: str) -> str:
    """Install what a retraining would leave."""
    with generations.staging(paths) as directory:
        for name in FILES:
            (directory / name).write_bytes(b"learned" + name.encode())
        return generations.install(paths, directory, tiny_manifest(model.directory, parent))


def test_a_model_brings_its_first_generation_once(paths: Paths, tmp_path: Path) -> None:
    model = make_model(tmp_path, b"weights")
    for _ in range(2):
        generations.ensure_generations(paths, model)
        assert generations.active_generation(paths) == "g0001"
        assert len(generations.list_generations(paths)) == 1
    assert generations.verify(paths, "g0001").base["name"] == "model"


def test_new_weights_under_the_same_name_answer_with_their_own_adapter(paths: Paths, tmp_path: Path) -> None:
    old = make_model(tmp_path / "old", b"old")
    generations.ensure_generations(paths, old)
    learned = learn(paths, old, "g0001")
    generations.promote(paths, learned, model=old)
    generations.ensure_generations(paths, old)
    assert generations.active_generation(paths) == learned  # the same weights: nothing changes

    new = make_model(tmp_path / "new", b"new")
    for _ in range(2):
        generations.ensure_generations(paths, new)
        assert generations.active_generation(paths) == "g0003"
    kept = generations.list_generations(paths)
    assert [entry.generation for entry in kept] == ["g0001", "g0002", "g0003"]  # nothing is lost
    assert [why_unfit(entry, new) is None for entry in kept] == [False, False, True]
    assert "other weights of the model model" in str(why_unfit(kept[1], new))
    assert code(generations.promote, paths, learned, model=new) == "generation_unfit"

    generations.ensure_generations(paths, old)  # altd as it was before
    assert generations.active_generation(paths) == "g0001"
    generations.promote(paths, learned, model=old)


def test_another_model_leaves_the_pointer_alone(paths: Paths, tmp_path: Path) -> None:
    one, two = (make_model(tmp_path, name.encode(), name) for name in ("one", "two"))
    generations.ensure_generations(paths, one)
    generations.ensure_generations(paths, two)
    assert generations.active_generation(paths) == "g0001"
    assert len(generations.list_generations(paths)) == 1


def test_a_broken_generation_gives_way_to_the_model_s_own(paths: Paths, tmp_path: Path) -> None:
    model = make_model(tmp_path, b"weights")
    generations.ensure_generations(paths, model)
    (paths.generations_dir / "g0001" / "manifest.json").write_text("{")
    generations.ensure_generations(paths, model)
    assert generations.active_generation(paths) == "g0002"


def test_a_model_whose_own_adapter_is_for_other_weights_answers_without(paths: Paths, tmp_path: Path) -> None:
    model = make_model(tmp_path, b"weights")
    (model.directory / "model.safetensors").write_bytes(b"other weights")
    generations.ensure_generations(paths, model)
    assert generations.active_generation(paths) is None


def test_several_files_of_weights_have_one_digest(tmp_path: Path) -> None:
    (tmp_path / "model-00001-of-00002.safetensors").write_bytes(b"a")
    (tmp_path / "model-00002-of-00002.safetensors").write_bytes(b"b")
    assert weights_digest(tmp_path) == hashlib.sha256(b"ab").hexdigest()


def test_what_a_killed_process_left_is_cleared(paths: Paths, tmp_path: Path) -> None:
    left = paths.generations_dir / ".staging-abc"
    left.mkdir()
    (left / FILES[0]).write_bytes(b"half")
    generations.ensure_generations(paths, Model("none", tmp_path, ""))
    assert list(paths.generations_dir.iterdir()) == []


def test_the_manifest_says_what_the_files_are(paths: Paths) -> None:
    name = install(paths)
    written = json.loads((paths.generations_dir / name / "manifest.json").read_text())
    assert set(written) >= {
        "generation",
        "parent",
        "base",
        "created_at",
        "prompt_version",
        "examples",
        "files",
    }
    assert set(written["files"]) == set(FILES)
    assert all(len(digest) == 64 for digest in written["files"].values())
