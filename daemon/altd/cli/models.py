"""`altd models`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from altd.cli._client import find_client
from altd.cli._output import emit, emit_json, emit_rows, json_option, note
from altd.config import Settings, choose_model
from altd.errors import AltdError
from altd.models import generations
from altd.models.catalogue import BUNDLED, Model, all_models, find_model, is_here
from altd.models.fit import why_unfit
from altd.models.known import KNOWN, Known
from altd.models.lock import Lock
from altd.models.lock import verify as verify_model
from altd.models.manifest import Manifest
from altd.models.memory import gb
from altd.models.purged import Mark, marks
from altd.paths import Paths
from altd.server.instance import sole_instance

_PULLABLE = click.Choice(tuple(KNOWN))


@click.group()
def command() -> None:
    """Models and generations: what answers, and what your verdicts made of it."""


@command.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """List models, those on this machine and those that can be pulled, and generations."""
    paths = Paths.default()
    chosen = Settings.load(paths.config_file).model
    active = generations.active_generation(paths)
    manifests = generations.list_generations(paths)
    unfit, found = _unfit(manifests, chosen, paths), marks(paths)
    if as_json:
        emit_json(
            {
                "models": [_as_json(model, chosen) for model in all_models(paths)],
                "active": active,
                "generations": [
                    {**asdict(m), "unfit": unfit[m.generation], "purged": _purged(found, m)}
                    for m in manifests
                ],
            }
        )
        return
    emit_rows(_row(model, chosen) for model in all_models(paths))
    emit_rows(
        (
            "generation",
            m.generation,
            "active" if m.generation == active else "",
            f"{m.origin}, {m.examples.get('count', 0)} examples, {m.created_at}",
            m.gate.get("reason", ""),
            _purged(found, m) or "",
            unfit[m.generation] or "",
        )
        for m in manifests
    )


@command.command()
@click.argument("name", type=_PULLABLE)
@json_option
def pull(name: str, as_json: bool) -> None:
    """Fetch a model from the hub and check every file; a broken pull goes on where it stopped."""
    from altd.cli._pull import pull_telling

    paths = Paths.default()
    pull_telling(KNOWN[name], paths, as_json=as_json)
    if not as_json:
        emit(f"{name} is here.")
        note(f"`altd models use {name}` lets it answer.")


@command.command()
@click.argument("name", type=_PULLABLE)
def remove(name: str) -> None:
    """Delete a pulled model, and what a broken pull left of it."""
    from altd.models.pull import remove as remove_files

    paths = Paths.default()
    if Settings.load(paths.config_file).model == name or _served(paths) == name:
        raise AltdError("model_in_use", f"{name} is in use; `altd models use {BUNDLED}` chooses another one.")
    emit(f"{name} is removed; {gb(remove_files(KNOWN[name], paths))} are free again.")


@command.command()
@click.argument("name", metavar="MODEL|GENERATION")
def use(name: str) -> None:
    """Let another model (from the next start) or another generation (at once) answer."""
    paths = Paths.default()
    if name == BUNDLED or name in KNOWN:
        find_model(name, paths)
        choose_model(paths.config_file, name)
        emit(f"{name} is chosen.")
        if find_client(paths):
            note("The running daemon keeps its model until `altd stop` and `altd start`.")
        return
    switch(paths, name, generations.active_generation(paths))
    emit(f"{name} is active.")


@command.command()
def rollback() -> None:
    """Go back to the generation that the active one was trained from."""
    paths = Paths.default()
    active, parent = generations.active_generation(paths), generations.parent_of_active(paths)
    switch(paths, parent, active)
    emit(f"{parent} is active.")


@command.command()
@click.argument("name", required=False, metavar="[MODEL|GENERATION]")
def verify(name: str | None) -> None:
    """Check the files of a pulled model or a generation, or of all, against their sha256."""
    paths = Paths.default()
    models = [model for model in all_models(paths) if model.name in KNOWN and is_here(model)]
    names = [model.name for model in models] + [m.generation for m in generations.list_generations(paths)]
    for each in [name] if name else names:
        if each in KNOWN:
            verify_model(find_model(each, paths).directory)
        else:
            generations.verify(paths, each)
        emit(f"{each} is whole.")
    if not name and not names:
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
        model = find_model(Settings.load(paths.config_file).model, paths)
        generations.promote(paths, generation, expected, model=model)


def _served(paths: Paths) -> str | None:
    client = find_client(paths)
    return client.call("GET", "/v1/status")["model"] if client else None


def _unfit(manifests: list[Manifest], chosen: str, paths: Paths) -> dict[str, str | None]:
    """Generation → why it cannot answer, None where it can; nothing can while the model is not here."""
    try:
        model = find_model(chosen, paths)
    except AltdError as error:
        return {m.generation: error.message for m in manifests}
    return {m.generation: why_unfit(m, model) for m in manifests}


def _purged(found: Mapping[str, Mark], manifest: Manifest) -> str | None:
    """What is said of a generation that learned from what was purged since."""
    mark = found.get(manifest.generation)
    return mark.sentence() if mark else None


def _row(model: Model, chosen: str) -> tuple[str, ...]:
    state = "chosen" if model.name == chosen else ("here" if is_here(model) else "")
    known = KNOWN.get(model.name)
    return ("model", model.name, state, _needs(known) if known else "", model.about)


def _needs(known: Known) -> str:
    memory = known.shape.total("nf4", "cuda")
    return f"{gb(memory)} of graphics memory, {gb(known.download)} to fetch, {known.licence}"


def _as_json(model: Model, chosen: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": model.name,
        "chosen": model.name == chosen,
        "here": is_here(model),
        "about": model.about,
    }
    known = KNOWN.get(model.name)
    if known is None:
        return entry
    lock = Lock.read(model.directory)
    shape = known.shape
    return entry | {
        "hub_id": known.hub_id,
        "revision": lock.revision if lock else known.revision,
        "licence": known.licence,
        "languages": known.languages,
        "prompt": known.prompt,
        "view": known.view,
        "image_tokens": shape.image_tokens,
        "download_bytes": known.download,
        "memory_bytes": {
            f"{quantization}_{device}": shape.total(quantization, device)
            for quantization in ("nf4", "none")
            for device in ("cuda", "cpu")
        },
    }
