"""What `altd doctor` looks at of the machine: card, memory, disk, port, browsers, and which model fits."""

from __future__ import annotations

import re
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing

from altd.cli._browsers import states
from altd.cli._finding import Finding
from altd.config import Settings
from altd.errors import AltdError
from altd.models.catalogue import BUNDLED, is_known_here
from altd.models.hardware import Machine, best_fit, inspect
from altd.models.known import KNOWN, Known
from altd.models.memory import GB, Quantization, gb
from altd.pairing.browsers import BROWSERS, Places
from altd.pairing.tokens import valid_tokens
from altd.paths import Paths
from altd.server.instance import is_locked
from altd.store.database import connect_read_only

_MEMORY = 2 * GB
_DISK = GB
_OLDEST_DRIVER = {12: 525, 13: 580}
"""CUDA's major version → the oldest driver for it on Linux (CUDA toolkit release notes, table 2)."""
_WHEELS = "https://download.pytorch.org/whl/cu128"


def check_graphics(_: Paths) -> Iterator[Finding]:
    """Whether a graphics card is there, its driver runs, and torch can use it."""
    yield graphics(inspect())


def graphics(machine: Machine) -> Finding:
    """Judge a machine's graphics card."""
    name = "graphics card"
    if machine.card_fault:
        detail = f"an NVIDIA driver is installed, but {machine.card_fault}; it says why itself"
        return Finding(name, "advice", detail, fix="nvidia-smi")
    if machine.card is None:
        return Finding(name, "ok", "none that altd can use; the processor does the work")
    detail = f"{machine.card.name}, {gb(machine.card.memory)}, driver {machine.card.driver}"
    if machine.torch_is_cpu_only:
        fix = f"{sys.executable} -m pip install --force-reinstall torch --index-url {_WHEELS}"
        return Finding(name, "advice", f"{detail}; torch is built without CUDA and cannot use it", fix=fix)
    oldest = _OLDEST_DRIVER.get(_cuda_of(machine.torch or ""), 0)
    driver = re.match(r"\d+", machine.card.driver)
    if driver and int(driver[0]) < oldest:
        detail += f", too old for torch {machine.torch}: update it to {oldest} or newer"
        return Finding(name, "broken", f"{detail}, from https://www.nvidia.com/drivers", hardware=True)
    return Finding(name, "ok", detail)


def check_machine(paths: Paths) -> Iterator[Finding]:
    """Memory and disk."""
    memory = inspect().memory
    enough = memory >= _MEMORY
    detail = f"{gb(memory)}, {gb(_MEMORY)} needed"
    yield Finding("memory", "ok" if enough else "broken", detail, hardware=True)
    free = shutil.disk_usage(_existing(paths)).free
    enough = free >= _DISK
    yield Finding("disk", "ok" if enough else "broken", f"{gb(free)} free, {gb(_DISK)} needed", hardware=True)


def check_model_fit(paths: Paths) -> Iterator[Finding]:
    """Whether the chosen model fits this machine, and whether a better one does."""
    try:
        settings = Settings.load(paths.config_file)
    except AltdError:
        return  # said of the settings already
    machine = inspect()
    chosen = KNOWN.get(settings.model)
    quantization: Quantization = "none" if settings.quantization == "none" else "nf4"
    if chosen is not None:
        yield chosen_fit(machine, chosen, quantization)
    elif settings.model == BUNDLED:
        yield best(machine, paths)


def chosen_fit(machine: Machine, model: Known, quantization: Quantization) -> Finding:
    """Judge whether the chosen model fits."""
    device = machine.device
    where = "graphics memory" if device == "cuda" else "memory"
    detail = f"{model.name} takes {gb(model.shape.total(quantization, device))} of {where}"
    if not machine.fits(model, quantization, device):
        smaller = best_fit(machine)
        detail += f", and {gb(machine.room(device))} can be used"
        fix = f"altd models use {smaller.name if smaller and device == 'cuda' else BUNDLED}"
        return Finding("model fit", "broken", detail, hardware=True, fix=fix)
    if device == "cpu":
        detail += "; without a graphics card a picture can take minutes"
        return Finding("model fit", "advice", detail, fix=f"altd models use {BUNDLED}")
    return Finding("model fit", "ok", f"{detail}, and {gb(machine.room(device))} can be used")


def best(machine: Machine, paths: Paths) -> Finding:
    """Name the best model for the machine."""
    model = best_fit(machine) if machine.device == "cuda" else None
    if model is None:
        lacking = "graphics card that torch can use" if machine.device == "cpu" else "larger graphics memory"
        return Finding("model fit", "ok", f"the bundled model is the best one here: there is no {lacking}")
    fix = f"altd models use {model.name}"
    detail = f"{model.name} fits ({gb(model.shape.total('nf4', 'cuda'))} of graphics memory)"
    if is_known_here(model, paths):
        return Finding("model fit", "advice", f"{detail} and is here", fix=fix)
    free = shutil.disk_usage(_existing(paths)).free
    detail += f", {gb(model.download)} to fetch"
    if free < model.download:
        return Finding("model fit", "advice", f"{detail}, but only {gb(free)} of disk is free")
    return Finding("model fit", "advice", detail, fix=f"altd models pull {model.name} && {fix}")


def check_pulls(paths: Paths) -> Iterator[Finding]:
    """Whether a pull broke off."""
    for name in KNOWN:
        if any(paths.models_dir.glob(f".{name}.*.staging")):
            yield Finding("pull", "advice", f"the pull of {name} broke off", fix=f"altd models pull {name}")


def check_port(paths: Paths) -> Iterator[Finding]:
    """Whether the daemon's port is free while it does not run."""
    try:
        port = Settings.load(paths.config_file).port
    except AltdError:
        return
    if port == 0 or is_locked(paths):
        return
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            detail = f"{port} is taken by another program; the extension must be told of another one"
            yield Finding("port", "broken", detail, fix="altd start --port 0")
            return
    yield Finding("port", "ok", f"{port} is free")


def check_browsers(paths: Paths) -> Iterator[Finding]:
    """Whether a browser is paired."""
    if not paths.database.exists():
        yield Finding("browsers", "advice", "none is paired", fix="altd start && altd pair")
        return
    try:
        with closing(connect_read_only(paths.database)) as connection:
            tokens = valid_tokens(connection)
    except (sqlite3.DatabaseError, AltdError):
        return  # said of the database already
    if tokens:
        yield Finding("browsers", "ok", f"paired: {', '.join(token.name for token in tokens)}")
    else:
        fix = "altd pair install" if "current" not in states(paths).values() else "altd pair"
        yield Finding("browsers", "advice", "none is paired", fix=fix)


def check_native_messaging(paths: Paths) -> Iterator[Finding]:
    """Whether each browser of this user may start altd, and could."""
    places = Places.here()
    for name, state in states(paths).items():
        title, fix = BROWSERS[name].title, f"altd pair install {name}"
        if state == "current":
            yield Finding("native messaging", "ok", f"{title} may start altd and pair without a code")
        elif state == "outdated":
            yield Finding("native messaging", "broken", f"{title} would start another installation", fix=fix)
        else:
            yield Finding("native messaging", "advice", f"{title} needs a code to pair", fix=fix)
    for browser in BROWSERS.values():
        if places.is_sealed(browser):
            detail = f"{browser.title} is a snap or flatpak, which may start no program; pair it with a code"
            yield Finding("native messaging", "advice", detail, fix="altd pair")


def _existing(paths: Paths) -> str:
    return str(next(place for place in (paths.database, *paths.database.parents) if place.exists()))


def _cuda_of(torch: str) -> int:
    """The major version of CUDA in torch's own version; 0 when it does not say."""
    match = re.search(r"\+cu(\d\d)", torch)
    return int(match[1]) if match else 0
