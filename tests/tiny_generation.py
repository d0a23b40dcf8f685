"""What makes an adapter of the tiny model a generation; needs no torch, unlike `tiny_model`."""

from __future__ import annotations

import shutil
from pathlib import Path

from altd.describe.prompt import PROMPT_VERSION
from altd.models.fit import weights_digest
from altd.models.manifest import FILES, Manifest

OTHER = "other-adapter"
"""Directory beside the tiny model with a second adapter for it, as a retraining would leave it."""


def tiny_manifest(base: str | Path, parent: str | None = None) -> Manifest:
    """Return the manifest of an adapter for the model in the directory `base`, or for one of that name."""
    name, digest = (base.name, weights_digest(base)) if isinstance(base, Path) else (base, "")
    return Manifest(
        generation="",
        parent=parent,
        base={"name": name, "sha256": digest},
        created_at="2026-01-01T00:00:00+00:00",
        prompt_version=PROMPT_VERSION,
        origin="retrain" if parent else "bundled",
    )


def copy_adapter(source: Path, target: Path) -> None:
    """Copy the files that make a generation."""
    target.mkdir(exist_ok=True)
    for name in FILES:
        shutil.copyfile(source / name, target / name)
