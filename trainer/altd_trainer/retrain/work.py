"""What a training leaves on disk until it is done, so that a stopped one goes on.

Everything lies in one folder of the cache beside a digest of what goes into the training. A run with the
same digest goes on from its last checkpoint; any other clears the folder first. Nothing here is ever
served: a generation appears in one step, when it has passed.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from altd.describe.prompt import PROMPT_VERSION
from altd.errors import AltdError
from altd.models.fit import weights_digest
from altd.paths import Paths, private_directory, write_private
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.retrain.options import RetrainOptions
from altd_trainer.retrain.start import Start

_FOLDER = "retrain"
_PLAN = "plan"
_TRAINED = "trained"
_LAST = "retrained.json"


def plan_of(start: Start, examples: Sequence[PreferenceExample], options: RetrainOptions) -> str:
    """The digest of everything that decides what a training makes; none of the texts can be read in it."""
    content = [
        start.generation,
        weights_digest(start.model.directory),
        start.quantization,
        PROMPT_VERSION,
        options.identity(),
        sorted((each.id, each.chosen, each.rejected, each.weight) for each in examples),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@contextmanager
def sole_training(paths: Paths) -> Iterator[None]:
    """Hold the lock of trainings, which the kernel frees however a process ends.

    Raises:
        AltdError: `retrain_running`.
    """
    lock = FileLock(private_directory(paths.run_dir) / "retrain.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise AltdError("retrain_running") from None
    try:
        yield
    finally:
        lock.release()


def open_work(paths: Paths, plan: str) -> Path:
    """The folder of a training: as a stopped run of the same plan left it, otherwise empty."""
    folder = paths.cache_dir / _FOLDER
    if _read(folder / _PLAN) != plan:
        _clear(folder)
        write_private(private_directory(folder) / _PLAN, plan.encode())
    return folder


def require_open(folder: Path) -> None:
    """Raise `AltdError` `feedback_purged` when a purge has removed the plan of a training that runs."""
    if not (folder / _PLAN).is_file():
        raise AltdError("feedback_purged")


@contextmanager
def leaving_nothing_purged(folder: Path) -> Iterator[None]:
    """What a training wrote before it saw that it was purged goes with it, and whatever it then fails at.

    Raises:
        AltdError: `feedback_purged`, in place of any other error.
    """
    try:
        yield
    except Exception:
        require_open(folder)
        raise
    finally:
        if not (folder / _PLAN).is_file():
            _clear(folder)


def drop_purged(paths: Paths) -> None:
    """Remove what a training left that was killed before it saw that it was purged."""
    folder = paths.cache_dir / _FOLDER
    if folder.is_dir():
        with suppress(AltdError), sole_training(paths), leaving_nothing_purged(folder):
            pass


def close_work(paths: Paths, examples: Sequence[PreferenceExample], outcome: dict[str, Any]) -> None:
    """Remember what was learned from and what came of it, then remove the folder."""
    ids = sorted(example.id for example in examples)
    write_private(paths.cache_dir / _LAST, json.dumps({"ids": ids, "gate": outcome["gate"]}).encode())
    _clear(paths.cache_dir / _FOLDER)


def last_examples(paths: Paths) -> list[str]:
    """Ids of the examples of the last finished training."""
    content = _read(paths.cache_dir / _LAST)
    return list(json.loads(content)["ids"]) if content else []


def is_trained(folder: Path) -> bool:
    """Whether the adapter in a folder is that of a training that got to its end."""
    return (folder / _TRAINED).is_file()


def mark_trained(folder: Path) -> None:
    """Say so, once the adapter is on the disk; a power cut takes neither."""
    for file in (folder / "adapter").iterdir():
        with file.open("rb+") as written:
            os.fsync(written.fileno())
    write_private(folder / _TRAINED, b"")


def _clear(folder: Path) -> None:
    """Remove a folder, its plan first: what a kill leaves of the rest is then nobody's to go on from."""
    (folder / _PLAN).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
