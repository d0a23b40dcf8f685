"""`altd retrain`: clicks become a generation."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import click

from altd.cli._output import emit, emit_json, json_option, note
from altd.cli._progress import Progress
from altd.cli._store import read
from altd.cli._trainer import trainer_command
from altd.cli.models import switch
from altd.errors import AltdError, Exit
from altd.models.generations import active_generation
from altd.paths import Paths
from altd.store.queries import feedback_counts


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be learned from, and train nothing.")
@json_option
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[-- TRAINER_OPTIONS]")
def command(dry_run: bool, as_json: bool, options: tuple[str, ...]) -> None:
    """Learn from your verdicts.

    Trains a new generation from those that stand. It answers from then on if it proves no worse
    than the active one on verdicts it has not seen; otherwise nothing changes and the reason is said.
    """
    paths = Paths.default()
    if not sum(read(paths, feedback_counts).values()):
        raise AltdError("no_feedback")
    active = active_generation(paths)
    outcome = _train(["retrain", "--json-progress", *(["--dry-run"] if dry_run else []), *options])
    if outcome["generation"]:
        switch(paths, outcome["generation"], active)
    if as_json:
        del outcome["event"]
        emit_json({**outcome, "active": active_generation(paths)})
    else:
        _tell(outcome, dry_run)


def _train(arguments: list[str]) -> dict[str, Any]:
    """Run the trainer, show its progress, and return its last event.

    Raises:
        AltdError: the trainer's own error, or `trainer_failed`.
    """
    outcome: dict[str, Any] | None = None
    with subprocess.Popen(
        trainer_command(arguments), stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as child:
        with Progress(sys.stderr) as progress:
            for event in _events(child):
                progress.show(event)
                if event["event"] == "done":
                    outcome = event
        child.wait()
    if child.returncode or outcome is None:
        error = AltdError("trainer_failed")
        error.exit_code = child.returncode if child.returncode in list(Exit) else error.exit_code
        raise error
    return outcome


def _events(child: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """Yield the trainer's JSON lines; whatever else a library prints goes to stderr."""
    assert child.stdout is not None
    for line in child.stdout:
        try:
            event = json.loads(line)
        except ValueError:
            event = None
        if isinstance(event, dict) and "event" in event:
            yield event
        elif line.strip():
            note(line.rstrip())


def _tell(outcome: dict[str, Any], dry_run: bool) -> None:
    reason = outcome["gate"]["reason"]
    if dry_run:
        emit(f"{outcome['examples']['used']} verdicts can be learned from. {reason}")
    elif outcome["generation"]:
        emit(f"{outcome['generation']} is active. {reason}")
    else:
        emit(f"Nothing changed. {reason}")
    for verdict in outcome["examples"]["not_used"]:
        note(f"not used: {verdict['id']}: {verdict['reason']}")
