"""What `altd doctor` looks at. Each check changes nothing and imports no model library."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

import psutil

from altd.cli._client import find_client, health
from altd.config import Settings
from altd.errors import AltdError
from altd.models import generations
from altd.models.catalogue import find_model
from altd.models.fit import why_unfit
from altd.paths import Paths
from altd.store.database import connect_read_only

_MEMORY_GB = 2.0
_DISK_GB = 1.0
_SAFE_SQLITE = (3, 51, 3)
_GB = 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor.

    Attributes:
        level: `ok`, `advice` (works, could be better) or `broken`.
        hardware: whether the machine, not the installation, is at fault.
    """

    name: str
    level: Literal["ok", "advice", "broken"]
    detail: str
    hardware: bool = False


def check_python(_: Paths) -> Iterator[Finding]:
    """Which versions run."""
    yield Finding("altd", "ok", f"{version('altd')} on Python {sys.version.split()[0]}")
    for package in ("torch", "transformers", "bitsandbytes", "peft", "rapidocr", "onnxruntime"):
        try:
            yield Finding(package, "ok", version(package))
        except PackageNotFoundError:
            yield Finding(package, "broken", "not installed; install altd again")


def check_graphics(_: Paths) -> Iterator[Finding]:
    """Whether a graphics card is there and torch can use it."""
    card = shutil.which("nvidia-smi") is not None
    try:
        cpu_only = version("torch").endswith("+cpu")
    except PackageNotFoundError:
        return
    if card and cpu_only:
        index = "https://download.pytorch.org/whl/cu128"
        fix = f"pip install --force-reinstall torch --index-url {index}"
        yield Finding("graphics card", "advice", f"torch is built without CUDA and cannot use it; run: {fix}")
    else:
        yield Finding("graphics card", "ok", "NVIDIA" if card else "none; the processor does the work")


def check_machine(paths: Paths) -> Iterator[Finding]:
    """Memory and disk."""
    memory = psutil.virtual_memory().total / _GB
    fits = memory >= _MEMORY_GB
    yield Finding(
        "memory", "ok" if fits else "broken", f"{memory:.1f} GB, {_MEMORY_GB:.0f} needed", hardware=True
    )
    place = next(parent for parent in (paths.database, *paths.database.parents) if parent.exists())
    free = shutil.disk_usage(place).free / _GB
    fits = free >= _DISK_GB
    yield Finding(
        "disk", "ok" if fits else "broken", f"{free:.1f} GB free, {_DISK_GB:.0f} needed", hardware=True
    )


def check_settings(paths: Paths) -> Iterator[Finding]:
    """Whether the settings are valid and the model they name is there."""
    try:
        settings = Settings.load(paths.config_file)
        model = find_model(settings.model)
    except AltdError as error:
        yield Finding("settings", "broken", error.message)
        return
    yield Finding("settings", "ok", str(paths.config_file) if paths.config_file.exists() else "defaults")
    whole = (model.directory / "model.safetensors").is_file() or any(model.directory.glob("*.safetensors"))
    yield Finding(
        "model", "ok" if whole else "broken", model.name if whole else f"{model.name} has no weights"
    )


def check_store(paths: Paths) -> Iterator[Finding]:
    """Whether SQLite is safe and the database whole."""
    known_bug = sqlite3.sqlite_version_info < _SAFE_SQLITE
    detail = " (older ones can corrupt a database with two writers; altd uses one)" if known_bug else ""
    yield Finding("SQLite", "ok", sqlite3.sqlite_version + detail)
    if not paths.database.exists():
        yield Finding("database", "ok", "none yet")
        return
    try:
        with closing(connect_read_only(paths.database)) as connection:
            result = connection.execute("PRAGMA quick_check").fetchone()[0]
    except (sqlite3.DatabaseError, AltdError) as error:
        result = error.message if isinstance(error, AltdError) else "not a readable database"
    yield Finding(
        "database", "ok" if result == "ok" else "broken", str(paths.database) if result == "ok" else result
    )


def check_private(paths: Paths) -> Iterator[Finding]:
    """Whether only this user can read what altd keeps."""
    if os.name == "nt":
        return
    for path in (paths.database.parent, paths.run_dir):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding("privacy", "advice", f"others may enter {path}; run: chmod 700 '{path}'")


def check_generations(paths: Paths) -> Iterator[Finding]:
    """Whether every generation's files are as they were installed, and belong to the model in use."""
    try:
        manifests = generations.list_generations(paths)
        for manifest in manifests:
            generations.verify(paths, manifest.generation)
    except AltdError as error:
        yield Finding("generations", "broken", error.message)
        return
    active = generations.active_generation(paths)
    yield Finding("generations", "ok", f"{len(manifests)}, active: {active}" if manifests else "none yet")
    try:
        model = find_model(Settings.load(paths.config_file).model)
    except AltdError:
        return  # said of the settings already
    for manifest in manifests:
        reason = why_unfit(manifest, model)
        if reason is not None and (manifest.origin == "retrain" or manifest.generation == active):
            yield Finding("generations", "advice", f"{reason} It is kept.")


def check_daemon(paths: Paths) -> Iterator[Finding]:
    """Whether the daemon runs, answers and accepts our token."""
    client = find_client(paths)
    if client is None:
        yield Finding("daemon", "ok", "not running; `altd start` starts it")
        return
    if not health(client.info):
        yield Finding("daemon", "broken", "running but not answering; `altd stop` and `altd start` again")
        return
    status = client.call("GET", "/v1/status")
    detail = f"{status['status']} at {client.info.url}" + (
        f": {status['reason']}" if status["reason"] else ""
    )
    yield Finding("daemon", "broken" if status["status"] == "degraded" else "ok", detail)


CHECKS: tuple[Callable[[Paths], Iterator[Finding]], ...] = (
    check_python,
    check_graphics,
    check_machine,
    check_settings,
    check_store,
    check_private,
    check_generations,
    check_daemon,
)
