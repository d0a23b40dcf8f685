"""Whether a generation belongs to the model in use: on other weights than its own it talks nonsense."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from altd.errors import AltdError
from altd.models.catalogue import Model
from altd.models.manifest import Manifest


def why_unfit(manifest: Manifest, model: Model) -> str | None:
    """Return why a generation cannot serve on a model, in one sentence; None when it can."""
    name = manifest.base.get("name", "")
    if name != model.name:
        return f"{manifest.generation} was trained for the model {name}, and {model.name} is in use."
    if manifest.base.get("sha256") != weights_digest(model.directory):
        return (
            f"{manifest.generation} was trained on other weights of the model {name} than are installed now; "
            "`altd retrain` learns from your verdicts again."
        )
    return None


def require_fit(manifest: Manifest, model: Model) -> None:
    """Raise `AltdError` `generation_unfit`, saying why, when the generation cannot serve on the model."""
    reason = why_unfit(manifest, model)
    if reason is not None:
        raise AltdError("generation_unfit", reason)


def weights_digest(directory: Path) -> str:
    """Return the sha256 of a model's weights, of all files one after the other where there are several."""
    files = sorted(directory.glob("model*.safetensors"))
    return _digest(tuple((file, file.stat().st_size, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=8)
def _digest(files: tuple[tuple[Path, int, int], ...]) -> str:
    """Size and time of change are there so that only unchanged files are answered from memory."""
    digest = hashlib.sha256()
    for path, _, _ in files:
        with path.open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
    return digest.hexdigest()
