"""The tiny model, built once a run and only for tests that ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random LLaVA's directory."""
    from tiny_model import build_model

    return build_model(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="session")
def adapters(tiny_llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generations directory with g0001, g0002, and g0009 whose weights are not numbers."""
    from tiny_model import build_adapter

    directory = tmp_path_factory.mktemp("generations")
    for seed, name in enumerate(("g0001", "g0002"), start=1):
        build_adapter(tiny_llava, directory / name, seed=seed)
    build_adapter(tiny_llava, directory / "g0009", scale=float("nan"))
    return directory
