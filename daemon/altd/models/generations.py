"""Generations: immutable adapter directories `g0001`, `g0002`, … and the pointer to the active one.

A generation appears in one step (a rename of a finished, synced directory) and becomes active in
one step (a rename over the pointer file). After a kill or a power cut at any moment the active
generation is wholly the old one or wholly the new one. Whoever switches says which generation it
believes active, so that two switches cannot overwrite each other unseen; the daemon's lock keeps
other processes from switching while it runs.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from altd.errors import AltdError
from altd.models.catalogue import Model
from altd.models.fit import require_fit, why_unfit
from altd.models.manifest import FILES, MANIFEST, Manifest, digest_adapter, digest_files
from altd.paths import Paths, private_directory, sync_directory, write_private

_NAME = re.compile(r"g(\d{4,})")
_STAGING = ".staging-"


def ensure_generations(paths: Paths, model: Model) -> None:
    """Install the adapter that comes with a model, and make it active where nothing that fits is.

    An update of altd may bring other weights under the same name. What was trained on the old ones stays
    installed, but no longer answers: the new model's own adapter does. A model of another name leaves the
    pointer alone, so that going back to the one before finds everything as it was.

    Also clears what an interrupted installation left behind, so call it while holding the daemon's lock.
    """
    private_directory(paths.generations_dir)
    for left in paths.generations_dir.glob(f"{_STAGING}*"):
        shutil.rmtree(left)
    active = _manifest_of_active(paths)
    if active is not None and (active.base.get("name") != model.name or why_unfit(active, model) is None):
        return
    own = _own_generation(paths, model)
    if own is not None:
        promote(paths, own)


def _manifest_of_active(paths: Paths) -> Manifest | None:
    """None as well when it is gone or broken: another one can then take its place."""
    active = active_generation(paths)
    try:
        return read_manifest(paths, active) if active else None
    except AltdError:
        return None


def _own_generation(paths: Paths, model: Model) -> str | None:
    """The generation that the model brings, installed if need be; None when it brings none that fits."""
    adapter = model.directory / "adapter"
    if not adapter.is_dir():
        return None
    manifest, files = Manifest.read(adapter), digest_adapter(adapter)
    if why_unfit(manifest, model) is not None:
        return None
    for name in _names(paths):
        with contextlib.suppress(AltdError):  # a broken one is no reason not to start
            installed = verify(paths, name)
            if (installed.base, installed.files) == (manifest.base, files):
                return name
    with staging(paths) as directory:
        for name in FILES:
            shutil.copyfile(adapter / name, directory / name)
        return install(paths, directory, manifest)


@contextmanager
def staging(paths: Paths) -> Iterator[Path]:
    """Give a private directory on the generations' own disk to build one in; removed afterwards."""
    private_directory(paths.generations_dir)
    directory = Path(tempfile.mkdtemp(prefix=_STAGING, dir=paths.generations_dir))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def list_generations(paths: Paths) -> list[Manifest]:
    """Return the manifests of all generations, oldest first."""
    return [Manifest.read(paths.generations_dir / name) for name in _names(paths)]


def readable_generations(paths: Paths) -> list[Manifest]:
    """The same without those that are broken, which serve nobody and are no reason to do nothing."""
    found = []
    for name in _names(paths):
        with contextlib.suppress(AltdError):
            found.append(Manifest.read(paths.generations_dir / name))
    return found


def active_generation(paths: Paths) -> str | None:
    """Return the active generation's name; None when there is none yet."""
    try:
        name = paths.active_file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    return name if _NAME.fullmatch(name) else None


def read_manifest(paths: Paths, generation: str) -> Manifest:
    """Return one generation's manifest.

    Raises:
        AltdError: `unknown_generation`; `generation_broken`.
    """
    return Manifest.read(_directory(paths, generation))


def install(paths: Paths, directory: Path, manifest: Manifest) -> str:
    """Turn a finished directory into the next generation and return its name; it is not active yet.

    Args:
        directory: from `staging`, holding exactly the adapter's files; moved, not copied.
        manifest: its `generation` and `files` are filled in here.

    Raises:
        AltdError: `generation_broken` when a file is missing or unknown.
    """
    files = digest_files(directory)
    for name in FILES:
        _sync_private(directory / name)
    while True:
        name = _next_name(paths)
        replace(manifest, generation=name, files=files).write(directory)
        sync_directory(directory)
        try:
            directory.rename(paths.generations_dir / name)
        except OSError:
            if (paths.generations_dir / name).exists():  # another process took the number
                continue
            raise
        sync_directory(paths.generations_dir)
        return name


def promote(
    paths: Paths, generation: str, expected: str | None = None, *, model: Model | None = None
) -> None:
    """Make a generation active, after checking its files.

    Args:
        expected: the generation the caller believes active; None when it does not matter.
        model: the model it must belong to; None when it does not matter.

    Raises:
        AltdError: `unknown_generation`, `generation_broken`, `generation_unfit`, `generation_conflict`.
    """
    manifest = verify(paths, generation)
    if model is not None:
        require_fit(manifest, model)
    if expected is not None and active_generation(paths) != expected:
        raise AltdError("generation_conflict")
    write_private(paths.active_file, f"{generation}\n".encode())


def parent_of_active(paths: Paths) -> str:
    """Return the generation that a roll-back would make active.

    Raises:
        AltdError: `nothing_to_roll_back`.
    """
    active = active_generation(paths)
    parent = read_manifest(paths, active).parent if active else None
    if parent is None:
        raise AltdError("nothing_to_roll_back")
    return parent


def rollback(paths: Paths) -> str:
    """Make the active generation's parent active and return its name.

    Raises:
        AltdError: `nothing_to_roll_back`, `unknown_generation`, `generation_broken`.
    """
    active, parent = active_generation(paths), parent_of_active(paths)
    promote(paths, parent, expected=active)
    return parent


def verify(paths: Paths, generation: str) -> Manifest:
    """Check a generation's files against its manifest and return the manifest.

    Raises:
        AltdError: `unknown_generation`, `generation_broken`.
    """
    directory = _directory(paths, generation)
    manifest = Manifest.read(directory)
    if manifest.generation != generation or manifest.files != digest_files(directory):
        raise AltdError("generation_broken")
    return manifest


def _names(paths: Paths) -> list[str]:
    if not paths.generations_dir.is_dir():
        return []
    names = [path.name for path in paths.generations_dir.iterdir() if _NAME.fullmatch(path.name)]
    return sorted(names, key=lambda name: int(name[1:]))


def _next_name(paths: Paths) -> str:
    names = _names(paths)
    return f"g{int(names[-1][1:]) + 1 if names else 1:04d}"


def _directory(paths: Paths, generation: str) -> Path:
    directory = paths.generations_dir / generation
    if not _NAME.fullmatch(generation) or not (directory / MANIFEST).is_file():
        raise AltdError("unknown_generation")
    return directory


def _sync_private(path: Path) -> None:
    path.chmod(0o600)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
