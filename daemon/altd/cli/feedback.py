"""`altd feedback`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import IO, Any

import click

from altd.cli._client import find_client
from altd.cli._output import emit, emit_json, emit_rows, json_option, moment, note
from altd.cli._store import offline_database, read
from altd.paths import Paths
from altd.store import queries
from altd.store.images import ImageStore
from altd.store.records import EvidenceRow


@click.group()
def command() -> None:
    """Your verdicts: what altd learns from."""


@command.command("list")
@json_option
def list_feedback(as_json: bool) -> None:
    """List verdicts that stand: id, when, verdict, generation, text."""
    rows = read(Paths.default(), queries.evidence)
    if as_json:
        emit_json([_plain(row) for row in rows])
        return
    emit_rows(
        (
            row.feedback.id,
            moment(row.feedback.created_at),
            row.feedback.verdict,
            row.description.generation,
            row.feedback.text or row.description.text,
        )
        for row in rows
    )
    if not rows:
        note("There are no verdicts yet.")


@command.command()
@click.option(
    "-o", "--output", type=click.File("w", encoding="utf-8"), default="-", help="File; default: stdout."
)
def export(output: IO[str]) -> None:
    """Write verdicts as JSON Lines, each with its description and the path of its image."""
    paths = Paths.default()
    for row in read(paths, queries.evidence):
        image = paths.images_dir / row.description.image_sha256
        line = {**_plain(row), "image": str(image) if image.is_file() else None}
        output.write(json.dumps(line, ensure_ascii=False) + "\n")


@command.command()
@click.argument("feedback_id", metavar="ID")
def undo(feedback_id: str) -> None:
    """Take a verdict back."""
    paths = Paths.default()
    client = find_client(paths)
    if client:
        client.call("DELETE", f"/v1/feedback/{feedback_id}")
    else:
        with offline_database(paths) as database:
            database.write(lambda connection: queries.undo_feedback(connection, feedback_id))
    emit(f"{feedback_id} no longer counts.")


@command.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(yes: bool) -> None:
    """Delete every verdict, every description and every kept image."""
    if not yes:
        click.confirm("Delete all verdicts, descriptions and kept images?", abort=True, err=True)
    paths = Paths.default()
    client = find_client(paths)
    deleted = client.call("DELETE", "/v1/feedback")["deleted"] if client else _purge_here(paths)
    emit(f"{deleted} verdicts deleted.")


def _purge_here(paths: Paths) -> int:
    with offline_database(paths) as database:
        deleted = database.write(queries.purge)
        ImageStore(paths.images_dir, quota=0).sweep(set())
    return deleted


def _plain(row: EvidenceRow) -> dict[str, Any]:
    return {
        **asdict(row.feedback),
        "description": asdict(row.description),
        "other": asdict(row.other) if row.other else None,
    }
