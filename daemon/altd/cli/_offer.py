"""The first start's offer of a better model. Nothing is fetched that nobody asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from altd.cli._output import note
from altd.config import Settings, choose_model
from altd.errors import AltdError
from altd.models.catalogue import BUNDLED, is_known_here
from altd.models.hardware import Machine, best_fit, inspect
from altd.models.known import Known
from altd.models.memory import gb
from altd.paths import Paths


def offer_model(paths: Paths, settings: Settings, look: Callable[[], Machine] = inspect) -> None:
    """At the first start, say which model this machine could serve; on a terminal, ask whether to fetch it.

    Only where nobody chose a model yet. A pull that fails is told and does not keep altd from starting.

    Args:
        look: finds out what the machine has.
    """
    if paths.database.exists() or settings.model != BUNDLED or "ALTD_MODEL" in os.environ:
        return
    machine = look()
    model = best_fit(machine)
    if model is None:
        return
    if machine.torch_is_cpu_only:
        note("There is a graphics card that altd cannot use yet; `altd doctor` says how to change that.")
    elif sys.stdin.isatty() and sys.stderr.isatty():
        _ask(paths, model, machine)
    else:
        note(f"{_fits(model, machine)} {_how(paths, model)}")


def _ask(paths: Paths, model: Known, machine: Machine) -> None:
    here = is_known_here(model, paths)
    note(_fits(model, machine))
    fetch = f"Fetch {gb(model.download)} now (licence: {model.licence}) and let it answer?"
    if not click.confirm("Let it answer?" if here else fetch, default=False, err=True):
        note(f"Later: {_how(paths, model)} Until then the small bundled model answers.")
        return
    from altd.cli._pull import pull_telling

    try:
        pull_telling(model, paths)
    except AltdError as error:
        note(f"{error.message} Until then the small bundled model answers.")
        return
    choose_model(paths.config_file, model.name)


def _fits(model: Known, machine: Machine) -> str:
    assert machine.card is not None
    return f"{model.name} fits this machine's {machine.card.name}. {model.about}"


def _how(paths: Paths, model: Known) -> str:
    use = f"`altd models use {model.name}`"
    if is_known_here(model, paths):
        return f"{use} lets it answer."
    return f"`altd models pull {model.name}` fetches it ({gb(model.download)}), {use} lets it answer."
