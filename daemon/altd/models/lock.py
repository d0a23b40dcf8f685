"""The lock file beside a pulled model: which commit it is, and the sha256 of each of its files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from altd.errors import AltdError
from altd.paths import write_private

LOCK = "altd-lock.json"


@dataclass(frozen=True, slots=True)
class Lock:
    """What `altd-lock.json` says.

    Attributes:
        name: what people call the model.
        hub_id: its repository on the hub.
        revision: the commit its files belong to.
        licence: what it was published under.
        pulled_at: ISO 8601, UTC.
        files: file name → sha256, as they lie on this disk.
    """

    name: str
    hub_id: str
    revision: str
    licence: str
    pulled_at: str
    files: dict[str, str]

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """Return the lock of a model's directory; None when there is none or it says something else."""
        try:
            return cls(**json.loads((directory / LOCK).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, directory: Path) -> None:
        """Write it into a directory, durably."""
        write_private(directory / LOCK, json.dumps(asdict(self), indent=1).encode())


def verify(directory: Path) -> Lock:
    """Check every file of a pulled model against its lock, and return the lock.

    Raises:
        AltdError: `model_damaged`, naming the file.
    """
    lock = Lock.read(directory)
    if lock is None:
        raise _damaged(directory.name, LOCK)
    for name, digest in lock.files.items():
        if not (directory / name).is_file() or sha256(directory / name) != digest:
            raise _damaged(lock.name, name)
    return lock


def sha256(path: Path) -> str:
    """Return a file's sha256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged(name: str, file: str) -> AltdError:
    return AltdError(
        "model_damaged",
        f"{file} of {name} is missing or changed; "
        f"`altd models remove {name}` and `altd models pull {name}` fetch it anew.",
    )
