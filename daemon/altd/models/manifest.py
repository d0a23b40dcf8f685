"""A generation's manifest: where it comes from, what it was trained on, and the sha256 of its files."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from altd.errors import AltdError

MANIFEST = "manifest.json"
WEIGHTS = "adapter_model.safetensors"
FILES = (WEIGHTS, "adapter_config.json")
"""All that a generation may hold beside its manifest; safetensors is the only weight format."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `manifest.json` says.

    Attributes:
        generation: its name, `g0001` and so on; given at installation.
        parent: the generation it was trained from, None for the first.
        base: `{"name", "sha256"}` of the model it adapts.
        created_at: ISO 8601, UTC.
        prompt_version: the prompt it was trained with.
        examples: `{"count", "ids"}` of the preference examples.
        files: file name → sha256; computed at installation.
        metrics: figures of the evaluation before it was let in.
        gate: `{"passed", "reason"}`.
        origin: `bundled` or `retrain`.
    """

    generation: str
    parent: str | None
    base: dict[str, str]
    created_at: str
    prompt_version: int
    origin: str
    examples: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    gate: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Read the manifest of a generation's directory.

        Raises:
            AltdError: `generation_broken` when it is missing or says something else than a manifest does.
        """
        try:
            return cls(**json.loads((directory / MANIFEST).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            raise AltdError("generation_broken") from None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    def write(self, directory: Path) -> None:
        """Write it into a directory, durably."""
        _write_synced(directory / MANIFEST, json.dumps(self.as_dict(), indent=1).encode())


def digest_files(directory: Path) -> dict[str, str]:
    """Return the sha256 of a generation's files.

    Raises:
        AltdError: `generation_broken` when one is missing or one is unknown.
    """
    if {path.name for path in directory.iterdir()} - {MANIFEST} != set(FILES):
        raise AltdError("generation_broken", f"A generation holds {' and '.join(FILES)}, nothing else.")
    return digest_adapter(directory)


def digest_adapter(directory: Path) -> dict[str, str]:
    """Return the sha256 of an adapter's files, whatever else lies beside them."""
    return {name: _digest(directory / name) for name in FILES}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_synced(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
