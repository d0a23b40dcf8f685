"""The trainer's commands. Each imports what it needs when it runs: torch takes seconds to load."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

# nothing about a person's pictures or models leaves the machine
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

_RECIPE = click.option(
    "--recipe", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="YAML file."
)
_JSON_PROGRESS = click.option("--json-progress", is_flag=True, help="Progress as JSON lines on stdout.")


class _Commands(click.Group):
    """Ends with one sentence where the input is at fault, and keeps tracebacks for our own faults."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(context)
        except (ValueError, FileNotFoundError, TypeError) as error:
            if os.environ.get("ALTD_TRACEBACK"):
                raise
            click.echo(f"Error: {error}", err=True)
            sys.exit(1)


@click.group(cls=_Commands)
def main() -> None:
    """Train and evaluate what writes the alt texts."""


@main.command()
@_RECIPE
def sft(recipe: Path) -> None:
    """Stage 1: learn to describe, from a recipe."""
    from altd_trainer import sft as stage

    click.echo(json.dumps(stage.main_from_recipe(recipe)))


@main.command("mcm-dpo")
@_RECIPE
@_JSON_PROGRESS
def mcm_dpo(recipe: Path, json_progress: bool) -> None:
    """Stage 2: prefer better texts, from a recipe."""
    from altd_trainer.progress import quiet_libraries, reporter

    quiet_libraries()
    from altd_trainer import mcm_dpo as stage

    figures = stage.main_from_recipe(recipe, reporter(json_progress))
    click.echo(json.dumps({"event": "done", **figures}))
