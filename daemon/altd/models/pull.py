"""`altd models pull`: from the hub to a verified directory, in steps that a break cannot spoil.

Files come into a staging directory named after the commit, each first as `NAME.part`. Whatever ends a pull,
the next one goes on there: finished files are checked again, the partial one continues at its last byte.
The model appears in one step, a rename of the finished directory.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from altd.errors import AltdError
from altd.models.adapt import adapt
from altd.models.hub import HubFile, Snapshot, fetch, find_snapshot, shards
from altd.models.known import Known
from altd.models.lock import Lock, sha256
from altd.models.memory import gb
from altd.paths import Paths, private_directory, sync_directory

Tell = Callable[[dict[str, Any]], None]

_INDEX = "model.safetensors.index.json"
_TELL_EVERY_S = 0.2
_MARGIN = 1.02


def pull(model: Known, paths: Paths, tell: Tell) -> Path:
    """Bring a model to this machine and return its directory; at once when it is already there.

    Args:
        tell: gets the events `plan`, `progress`, `file` and `done`, each a dictionary of JSON values.

    Raises:
        AltdError: `pull_running`, `disk_full`, `model_corrupt`, `model_unsafe`, and those of `hub`.
    """
    with _alone(model, paths):
        target = paths.models_dir / model.name
        lock = Lock.read(target)
        if lock is None or lock.revision != (model.revision or lock.revision):
            lock = _bring(model, paths, tell)
        tell({"event": "done", "model": model.name, "revision": lock.revision, "directory": str(target)})
        return target


def remove(model: Known, paths: Paths) -> int:
    """Delete a model and what broken pulls left of it; return how many bytes that was.

    Raises:
        AltdError: `pull_running`; `model_missing` when nothing is there.
    """
    with _alone(model, paths):
        places = [paths.models_dir / model.name, *_stagings(model, paths)]
        files = [path for place in places for path in place.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files)
        if not files:
            raise AltdError("model_missing", f"{model.name} is not on this machine; nothing is to remove.")
        for place in places:
            shutil.rmtree(place, ignore_errors=True)
        return size


def _bring(model: Known, paths: Paths, tell: Tell) -> Lock:
    snapshot = find_snapshot(model)
    staging = _staging(model, paths, snapshot.revision)
    have = sum(path.stat().st_size for path in staging.iterdir())
    tell(
        {
            "event": "plan",
            "model": model.name,
            "hub_id": model.hub_id,
            "revision": snapshot.revision,
            "licence": model.licence,
            "files": len(snapshot.files),
            "bytes": snapshot.size,
            "have_bytes": have,
        }
    )
    _check_disk(model, paths, snapshot.size - have)
    meter = _Meter(snapshot.size, tell)
    for file in snapshot.files:
        _bring_file(model, snapshot, file, staging, meter)
    adapt(model, staging)
    return _install(model, paths, snapshot, staging)


def _bring_file(model: Known, snapshot: Snapshot, file: HubFile, staging: Path, meter: _Meter) -> None:
    path, part = staging / file.name, staging / f"{file.name}.part"
    if path.exists() and file.matches(path):
        meter.add(file.size)
        return
    if part.exists() and (file.cached or part.stat().st_size > file.size):
        part.unlink()
    meter.add(part.stat().st_size if part.exists() else 0)
    fetch(model, snapshot.revision, file, part, meter.add)
    if not file.matches(part):
        part.unlink()
        raise AltdError(
            "model_corrupt",
            f"{file.name} came with another checksum than the hub announces; it was deleted, so pull again.",
        )
    part.rename(path)
    _check_small_print(model, snapshot, path)
    meter.tell({"event": "file", "name": file.name, "bytes": file.size, "digest": file.digest})


def _check_small_print(model: Known, snapshot: Snapshot, path: Path) -> None:
    """Find out from the small files, which come first, what would make the large ones useless."""
    if path.name == _INDEX:
        missing = shards(path) - {file.name for file in snapshot.files}
        if missing or not shards(path):
            what = ", ".join(sorted(missing)) or "its index"
            raise AltdError("model_incomplete", f"{model.hub_id} lacks {what}; choose another model.")
    if path.name == "config.json" and "auto_map" in json.loads(path.read_bytes()):
        raise AltdError("model_unsafe", f"{model.hub_id} wants to run code of its own; choose another model.")


def _install(model: Known, paths: Paths, snapshot: Snapshot, staging: Path) -> Lock:
    """Write the lock, then put the directory in its place; an older commit there makes room."""
    files = {path.name: sha256(path) for path in sorted(staging.iterdir())}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lock = Lock(model.name, model.hub_id, snapshot.revision, model.licence, now, files)
    lock.write(staging)
    target, old = paths.models_dir / model.name, paths.models_dir / f".{model.name}.old"
    if target.exists():
        target.rename(old)
    staging.rename(target)
    sync_directory(paths.models_dir)
    for left in (old, *_stagings(model, paths)):
        shutil.rmtree(left, ignore_errors=True)
    return lock


def _check_disk(model: Known, paths: Paths, needed: int) -> None:
    free = shutil.disk_usage(paths.models_dir).free
    if needed * _MARGIN > free:
        raise AltdError(
            "disk_full",
            f"{model.name} needs {gb(needed * _MARGIN)} and {gb(free)} is free at {paths.models_dir}; "
            "free some space, or let ALTD_HOME name a place on a larger disk.",
        )


def _staging(model: Known, paths: Paths, revision: str) -> Path:
    """The directory of this commit's pull; what other commits left is deleted."""
    wanted = paths.models_dir / f".{model.name}.{revision[:12]}.staging"
    for left in _stagings(model, paths):
        if left != wanted:
            shutil.rmtree(left, ignore_errors=True)
    return private_directory(wanted)


def _stagings(model: Known, paths: Paths) -> list[Path]:
    return sorted(paths.models_dir.glob(f".{model.name}.*.staging"))


@contextmanager
def _alone(model: Known, paths: Paths) -> Iterator[None]:
    """Let one process at a time pull or remove a model."""
    private_directory(paths.models_dir)
    lock = FileLock(paths.models_dir / f".{model.name}.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise AltdError("pull_running") from None
    try:
        yield
    finally:
        lock.release()
        with contextlib.suppress(OSError):
            Path(lock.lock_file).unlink()


class _Meter:
    """Counts bytes and tells of them a few times a second."""

    def __init__(self, total: int, tell: Tell) -> None:
        self.tell = tell
        self._total = total
        self._done = 0
        self._told = float("-inf")

    def add(self, count: int) -> None:
        """Count bytes that are there."""
        self._done += count
        now = time.monotonic()
        if now - self._told >= _TELL_EVERY_S or self._done == self._total:
            self._told = now
            self.tell({"event": "progress", "done": self._done, "of": self._total})
