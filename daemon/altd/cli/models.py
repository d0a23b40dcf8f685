"""`altd models`."""

from __future__ import annotations

from dataclasses import asdict

import click

from altd.cli._client import find_client
from altd.cli._output import emit, emit_json, emit_rows, json_option, note
from altd.config import Settings
from altd.models import generations
from altd.models.catalogue import CATALOGUE, find_model
from altd.models.fit import why_unfit
from altd.paths import Paths
from altd.server.instance import sole_instance


@click.group()
def command() -> None:
    """Models and generations: what answers, and what your verdicts made of it."""


@command.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """List models and generations."""
    paths = Paths.default()
    chosen = Settings.load(paths.config_file).model
    active = generations.active_generation(paths)
    manifests = generations.list_generations(paths)
    in_use = find_model(chosen)
    unfit = {m.generation: why_unfit(m, in_use) for m in manifests}
    if as_json:
        models = [{"name": m.name, "chosen": m.name == chosen, "about": m.about} for m in CATALOGUE.values()]
        emit_json(
            {
                "models": models,
                "active": active,
                "generations": [{**asdict(m), "unfit": unfit[m.generation]} for m in manifests],
            }
        )
        return
    emit_rows(("model", m.name, "chosen" if m.name == chosen else "", m.about) for m in CATALOGUE.values())
    emit_rows(
        (
            "generation",
            m.generation,
            "active" if m.generation == active else "",
            f"{m.origin}, {m.examples.get('count', 0)} examples, {m.created_at}",
            unfit[m.generation] or "",
        )
        for m in manifests
    )


@command.command()
@click.argument("generation")
def use(generation: str) -> None:
    """Let another generation answer."""
    paths = Paths.default()
    switch(paths, generation, generations.active_generation(paths))
    emit(f"{generation} is active.")


@command.command()
def rollback() -> None:
    """Go back to the generation that the active one was trained from."""
    paths = Paths.default()
    active, parent = generations.active_generation(paths), generations.parent_of_active(paths)
    switch(paths, parent, active)
    emit(f"{parent} is active.")


@command.command()
@click.argument("generation", required=False)
def verify(generation: str | None) -> None:
    """Check the files of one generation, or of all, against their sha256."""
    paths = Paths.default()
    names = [generation] if generation else [m.generation for m in generations.list_generations(paths)]
    for name in names:
        generations.verify(paths, name)
        emit(f"{name} is whole.")
    if not names:
        note("There are no generations yet; the first start installs one.")


def switch(paths: Paths, generation: str, expected: str | None) -> None:
    """Make a generation active: in the running daemon, else by the pointer.

    Args:
        expected: the generation believed active.

    Raises:
        AltdError: `unknown_generation`, `generation_conflict`, `generation_broken`, `generation_unfit`.
    """
    client = find_client(paths)
    if client:
        body = {"generation": generation, "expected_generation": expected}
        client.call("PUT", "/v1/models/active", body)
        return
    paths.ensure()
    with sole_instance(paths):
        model = find_model(Settings.load(paths.config_file).model)
        generations.promote(paths, generation, expected, model=model)
