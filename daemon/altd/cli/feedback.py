"""`altd feedback`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import IO, Any
from urllib.parse import urlencode

import click

from altd.cli._client import find_client
from altd.cli._output import emit, emit_json, emit_pairs, emit_rows, json_option, moment, note
from altd.cli._store import offline_database, read
from altd.paths import Paths
from altd.server.purge import purge_target
from altd.store import queries
from altd.store.purging import find_target
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
@json_option
def stats(as_json: bool) -> None:
    """Say what verdicts there are: of which kind, on how many images, on which generations' texts."""
    found = read(Paths.default(), queries.feedback_stats)
    if as_json:
        emit_json(found)
        return
    given = found["verdicts"]
    emit_pairs({"verdicts": sum(given.values()), **{f"  {name}": count for name, count in given.items()}})
    emit_pairs({"taken back": found["undone"], "images": found["images"], "posts": found["posts"]})
    emit_pairs({"first": moment(found["first"]), "last": moment(found["last"])})
    for name, count in found["by_generation"].items():
        emit_pairs({f"on texts of {'the model itself' if name == '-' else name}": count})
    for place, count in found["preferred_at"].items():
        emit_pairs({f"preferred at place {'unknown' if place == '-' else place}": count})
    note("`altd retrain --dry-run` says what of this can be learned from.")


@command.command()
@click.option("--post", metavar="ID", help="All about the post of this verdict or description.")
@click.option("--image", metavar="ID", help="All about the image of this verdict or description.")
@click.option("--all", "everything", is_flag=True, help="All there is.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(post: str | None, image: str | None, everything: bool, yes: bool) -> None:
    """Delete verdicts, descriptions and kept images, so that no byte of them stays.

    Names the generations that learned from them; they are marked, and go on answering until you choose
    another one or `altd retrain --from-clean` makes one.
    """
    if (post is not None) + (image is not None) + everything != 1:
        raise click.UsageError("Name what to delete: --post ID, --image ID or --all.")
    if not yes:
        what = f"about {post or image}" if post or image else "there is"
        click.confirm(f"Delete all verdicts, descriptions and kept images {what}?", abort=True, err=True)
    outcome = _purge(Paths.default(), post, image)
    emit(f"{outcome['deleted']} verdicts and {outcome['images']} images deleted.")
    for name in outcome["generations"]:
        emit(f"{name} learned from them.")
    if outcome["generations"]:
        note("`altd retrain --from-clean` trains a new generation without them.")


def _purge(paths: Paths, post: str | None, image: str | None) -> dict[str, Any]:
    client = find_client(paths)
    if client:
        wanted = {name: value for name, value in (("post", post), ("image", image)) if value is not None}
        outcome: dict[str, Any] = client.call("DELETE", f"/v1/feedback?{urlencode(wanted)}")
        return outcome
    with offline_database(paths) as database:
        target = database.read(lambda connection: find_target(connection, post=post, image=image))
        done = purge_target(paths, database, target)
    return {"deleted": done.verdicts, "images": done.images, "generations": done.generations}


def _plain(row: EvidenceRow) -> dict[str, Any]:
    return {
        **asdict(row.feedback),
        "description": asdict(row.description),
        "other": asdict(row.other) if row.other else None,
    }
