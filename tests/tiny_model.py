"""The tiny random model with what a served model has: an adapter and its manifest.

Run as a program (`python tiny_model.py DIRECTORY`), since building it imports torch, which the tests of
the server and the command line do without.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from altd.describe.prompt import PROMPT_VERSION
from altd.models.manifest import FILES, Manifest

OTHER = "other-adapter"
"""Directory beside the model with a second adapter for it, as a retraining would leave it."""


def build_tiny_model(directory: Path) -> None:
    """Write the model, its first generation into `adapter/`, and the second adapter beside it."""
    from daemon.tiny_llava import build_adapter, build_model

    build_model(directory)
    build_adapter(directory, directory / "adapter")
    tiny_manifest(directory.name).write(directory / "adapter")
    built = build_adapter(directory, directory.parent / "built", seed=2)
    copy_adapter(built, directory.parent / OTHER)


def tiny_manifest(base: str, parent: str | None = None) -> Manifest:
    """Return the manifest of an adapter for the model named `base`."""
    return Manifest(
        generation="",
        parent=parent,
        base={"name": base, "sha256": ""},
        created_at="2026-01-01T00:00:00+00:00",
        prompt_version=PROMPT_VERSION,
        origin="retrain" if parent else "bundled",
    )


def copy_adapter(source: Path, target: Path) -> None:
    """Copy the files that make a generation."""
    target.mkdir(exist_ok=True)
    for name in FILES:
        shutil.copyfile(source / name, target / name)


if __name__ == "__main__":
    build_tiny_model(Path(sys.argv[1]))
