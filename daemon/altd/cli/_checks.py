"""What `altd doctor` looks at. Each check changes nothing and imports no model library."""

from __future__ import annotations

import os
import shlex
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version

from altd.cli._client import find_client, health
from altd.cli._finding import Finding
from altd.cli._machine_checks import (
    check_browsers,
    check_graphics,
    check_machine,
    check_model_fit,
    check_native_messaging,
    check_port,
    check_pulls,
)
from altd.config import Settings
from altd.errors import AltdError
from altd.models import generations
from altd.models.catalogue import find_model
from altd.models.fit import why_unfit
from altd.paths import Paths
from altd.store.database import connect_read_only

_SAFE_SQLITE = (3, 51, 3)


def check_python(_: Paths) -> Iterator[Finding]:
    """Which versions run."""
    yield Finding("altd", "ok", f"{version('altd')} on Python {sys.version.split()[0]}")
    for package in ("torch", "transformers", "bitsandbytes", "peft", "rapidocr", "onnxruntime"):
        try:
            yield Finding(package, "ok", version(package))
        except PackageNotFoundError:
            fix = f"{sys.executable} -m pip install --force-reinstall altd"
            yield Finding(package, "broken", "not installed; altd needs it", fix=fix)


def check_settings(paths: Paths) -> Iterator[Finding]:
    """Whether the settings are valid and the model they name is there."""
    try:
        settings = Settings.load(paths.config_file)
    except AltdError as error:
        yield Finding("settings", "broken", error.message)
        return
    yield Finding("settings", "ok", str(paths.config_file) if paths.config_file.exists() else "defaults")
    try:
        model = find_model(settings.model, paths)
    except AltdError as error:
        fix = f"altd models pull {settings.model}" if error.code == "model_missing" else None
        yield Finding("model", "broken", error.message, fix=fix)
        return
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
            fix = f"chmod 700 {shlex.quote(str(path))}"
            yield Finding("privacy", "advice", f"others may enter {path}", fix=fix)


def check_generations(paths: Paths) -> Iterator[Finding]:
    """Whether every generation's files are as they were installed, and belong to the model in use."""
    try:
        manifests = generations.list_generations(paths)
        for manifest in manifests:
            generations.verify(paths, manifest.generation)
    except AltdError as error:
        yield Finding("generations", "broken", error.message, fix="altd models verify")
        return
    active = generations.active_generation(paths)
    yield Finding("generations", "ok", f"{len(manifests)}, active: {active}" if manifests else "none yet")
    try:
        model = find_model(Settings.load(paths.config_file).model, paths)
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
        yield Finding("daemon", "ok", "not running", fix="altd start")
        return
    if not health(client.info):
        yield Finding("daemon", "broken", "running but not answering", fix="altd stop; altd start")
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
    check_model_fit,
    check_pulls,
    check_store,
    check_private,
    check_generations,
    check_port,
    check_daemon,
    check_browsers,
    check_native_messaging,
)
