"""`altd retrain`: clicks become a generation."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from altd.cli._idle import QuietHours, Watch, wait_until_idle, why_stop
from altd.cli._output import emit, emit_json, json_option, note
from altd.cli._progress import Progress
from altd.cli._store import read
from altd.cli._trainer import let_others_first, trainer_command, trainer_environment
from altd.cli.models import switch
from altd.errors import AltdError, Exit
from altd.models.generations import active_generation
from altd.paths import Paths
from altd.store.queries import feedback_counts

FindReason = Callable[[float], str | None]
"""When a training began, in seconds since 1970 → why it must stop now, if it must."""


def _quiet_hours(_: click.Context, __: click.Parameter, value: str | None) -> QuietHours | None:
    try:
        return None if value is None else QuietHours.parse(value)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be learned from, and train nothing.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a report with pictures, for you alone.",
)
@click.option(
    "--from-clean", is_flag=True, help="Start from the last generation that learned nothing purged."
)
@click.option("--unpaired", is_flag=True, help="Learn from rejections without a better text, too.")
@click.option("--when-idle", is_flag=True, help="Train only while nobody needs the machine.")
@click.option(
    "--quiet-hours",
    metavar="FROM-TO",
    callback=_quiet_hours,
    help="With --when-idle: not then (22:00-07:00).",
)
@json_option
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[-- TRAINER_OPTIONS]")
def command(
    dry_run: bool,
    html: Path | None,
    from_clean: bool,
    unpaired: bool,
    when_idle: bool,
    quiet_hours: QuietHours | None,
    as_json: bool,
    options: tuple[str, ...],
) -> None:
    """Learn from your verdicts.

    Trains a new generation from those that stand. It answers from then on if it proves better than the
    active one on verdicts it has not seen and no worse otherwise; if not, nothing changes and the reason
    is said. A run that was stopped goes on where it was.
    """
    paths = Paths.default()
    if not sum(read(paths, feedback_counts).values()):
        raise AltdError("no_feedback")
    active = active_generation(paths)
    flags = {
        "--dry-run": dry_run,
        "--from-clean": from_clean,
        "--unpaired": unpaired,
        "--only-new": when_idle,
    }
    arguments = ["retrain", "--json-progress", *(flag for flag, given in flags.items() if given)]
    arguments += [*(["--html", str(html)] if html else []), *options]
    outcome = _train_when_idle(paths, arguments, quiet_hours) if when_idle else _train(arguments)
    assert outcome is not None  # only one that is watched may be stopped
    if outcome["generation"]:
        switch(paths, outcome["generation"], active)
    if as_json:
        del outcome["event"]
        emit_json({**outcome, "active": active_generation(paths)})
    else:
        _tell(outcome, dry_run)


def _train_when_idle(paths: Paths, arguments: list[str], quiet: QuietHours | None) -> dict[str, Any]:
    """Train between the hours in which the machine is used; a stop costs what the last checkpoint lacks."""
    while True:
        wait_until_idle(paths, quiet, note)
        outcome = _train(arguments, lambda begun: why_stop(paths, quiet, begun))
        if outcome is not None:
            return outcome


def _train(arguments: Sequence[str], find_reason: FindReason | None = None) -> dict[str, Any] | None:
    """Run the trainer, show its progress, and return its last event; None when it was stopped.

    Raises:
        AltdError: the trainer's own error, or `trainer_failed`.
    """
    outcome: dict[str, Any] | None = None
    begun = time.monotonic()
    with subprocess.Popen(
        trainer_command(arguments),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=trainer_environment(),
    ) as child:
        let_others_first(child.pid)
        watch = Watch(lambda: find_reason(begun), child.terminate) if find_reason else None
        if watch is not None:
            watch.start()
        with Progress(sys.stderr) as progress:
            for event in _events(child):
                progress.show(event)
                if event["event"] == "done":
                    outcome = event
        child.wait()
    if watch is not None:
        watch.end()
        if watch.reason is not None and outcome is None:
            note(f"Stopped: {watch.reason}.")
            return None
    if child.returncode or outcome is None:
        error = AltdError("trainer_failed", _killed(child.returncode))
        error.exit_code = child.returncode if child.returncode in list(Exit) else error.exit_code
        raise error
    return outcome


def _killed(returncode: int) -> str | None:
    """What ended a trainer that could not say it itself; None when it could."""
    if returncode >= 0:
        return None
    return f"The trainer was ended by {signal.Signals(-returncode).name}; the next run goes on where it was."


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
    """Say what came of it, in plain lines."""
    reason, examples = outcome["gate"]["reason"], outcome["examples"]
    if dry_run:
        emit(f"{examples['used']} verdicts can be learned from. {reason}")
        _tell_plan(examples)
    elif outcome["generation"]:
        emit(f"{outcome['generation']} is active. {reason}")
    else:
        emit(f"Nothing changed. {reason}")
    for number, lesson in enumerate(outcome.get("lessons", ()), 1):
        emit(f"Example {number}, you wanted: {lesson['wanted']}")
        emit(f"Example {number}, before: {lesson['before']}")
        emit(f"Example {number}, after: {lesson['after']}")
    for verdict in examples["not_used"]:
        note(f"not used: {verdict['id']}: {verdict['reason']}")


def _tell_plan(examples: dict[str, Any]) -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in examples["by_evidence"].items())
    emit(
        f"To learn from: {examples['train']}. To judge by: {examples['pairs']} pairs. Of all: {kinds or '-'}."
    )
    if examples["contradicted"]:
        emit(f"{examples['contradicted']} verdicts were turned round by a later one.")
