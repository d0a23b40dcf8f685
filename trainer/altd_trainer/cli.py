"""The trainer's commands. Each imports what it needs when it runs: torch takes seconds to load."""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

import click

from altd.errors import AltdError
from altd.paths import Paths
from altd_trainer.bench.command import bench as bench_commands
from altd_trainer.data.command import data as data_commands
from altd_trainer.evaluation.command import evaluate

# models are read from folders, and nothing about a person's pictures leaves the machine
os.environ["HF_HUB_OFFLINE"] = os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# before anything imports it: it says which kernels it could not fetch
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)

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
        except (ValueError, FileNotFoundError, TypeError, AltdError) as error:
            if os.environ.get("ALTD_TRACEBACK"):
                raise
            click.echo(f"Error: {error}", err=True)
            sys.exit(getattr(error, "exit_code", 1))


@click.group(cls=_Commands)
def main() -> None:
    """Train and evaluate what writes the alt texts."""


@main.command()
@_RECIPE
@_JSON_PROGRESS
def sft(recipe: Path, json_progress: bool) -> None:
    """Stage 1: learn to describe, from a recipe; one that says how many `pictures` starts from nothing."""
    from altd_trainer.progress import quiet_libraries, reporter

    quiet_libraries()
    from altd_trainer.recipe import Recipe, read_yaml

    if "pictures" in read_yaml(recipe):
        from altd_trainer import pretrain

        click.echo(json.dumps(pretrain.main_from_recipe(recipe)))
        return
    from altd_trainer.sft import train_sft

    _done(Recipe.read(recipe).run(train_sft, reporter(json_progress)))


@main.command("mcm-dpo")
@_RECIPE
@_JSON_PROGRESS
def mcm_dpo(recipe: Path, json_progress: bool) -> None:
    """Stage 2: prefer better texts, from a recipe."""
    _stage_2(recipe, json_progress, plain=False)


@main.command()
@_RECIPE
@_JSON_PROGRESS
def dpo(recipe: Path, json_progress: bool) -> None:
    """The baseline of stage 2: a recipe with plain DPO in place of its objective."""
    _stage_2(recipe, json_progress, plain=True)


def _stage_2(recipe: Path, json_progress: bool, plain: bool) -> None:
    from altd_trainer.progress import quiet_libraries, reporter

    quiet_libraries()
    from altd_trainer.mcm_dpo import train_mcm_dpo
    from altd_trainer.recipe import Recipe
    from altd_trainer.settings import PLAIN_DPO_SETTINGS

    changes = PLAIN_DPO_SETTINGS if plain else {}
    _done(Recipe.read(recipe).run(train_mcm_dpo, reporter(json_progress), **changes))


def _done(figures: dict[str, float]) -> None:
    """The last line of a run; of several processes the first says it."""
    if int(os.environ.get("RANK", "0")) == 0:
        click.echo(json.dumps({"event": "done", **figures}))


@main.command()
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="Instead of ALTD_HOME.")
@click.option("--dry-run", is_flag=True, help="Say what would be learned from, and train nothing.")
@click.option("--only-new", is_flag=True, help="Train only when enough verdicts came since the last time.")
@click.option(
    "--from-clean", is_flag=True, help="Start from the last generation that learned nothing purged since."
)
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write a report with pictures."
)
@click.option("--method", type=click.Choice(["mcm-dpo", "dpo", "kto", "sft"]), help="To compare; mcm-dpo.")
@click.option("--steps", type=click.IntRange(min=1), help="Of eight examples each.")
@click.option("--learning-rate", type=float, help="Of the adapter.")
@click.option("--drafts", type=click.IntRange(min=1), help="One after the other, before the training.")
@click.option("--draft-steps", type=click.IntRange(min=1), help="Of the first draft.")
@click.option("--draft-learning-rate", type=float, help="Of the drafts.")
@click.option("--rehearsed-pictures", type=click.IntRange(min=0), help="To ask each draft about.")
@click.option("--beta", type=float, help="Strength of the pull to the active generation.")
@click.option("--sft-weight", type=float, help="Pull towards the better text itself.")
@click.option("--hold", type=click.FloatRange(min=0), help="How strongly drawn pictures are remembered.")
@click.option("--unpaired", is_flag=True, help="Learn from rejections without a better text, too.")
@click.option("--held-pictures", type=click.IntRange(min=1), help="Drawn pictures to remember meanwhile.")
@click.option(
    "--base-pictures",
    type=click.IntRange(min=40),
    help="Drawn pictures that the gate asks for.",
)
@click.option(
    "--watched-pictures",
    type=click.IntRange(min=1),
    help="Drawn pictures that decide, before the gate, how far to go.",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the challenger and for what adapters wrote on the way, to compare trainings.",
)
@_JSON_PROGRESS
def retrain(home: Path | None, page: Path | None, json_progress: bool, **options: Any) -> None:
    """Learn from the verdicts; the last line on stdout is the result as JSON."""
    from altd_trainer.progress import quiet_libraries, reporter

    quiet_libraries()
    from altd_trainer.retrain import RetrainOptions
    from altd_trainer.retrain import retrain as run

    paths = Paths.under(home) if home else Paths.default()
    given = {name: value for name, value in options.items() if value is not None}
    result = run(paths, RetrainOptions(**given), reporter(json_progress), page)
    click.echo(json.dumps({"event": "done", **result}, ensure_ascii=False))


@main.command()
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder to fill."
)
def draw(out: Path) -> None:
    """Draw the pictures of the demo, with their posts."""
    from altd_trainer.draw import draw_feed

    click.echo(f"{len(draw_feed(out))} pictures in {out}")


@main.command()
@click.option("--model", required=True, type=click.Path(exists=True, path_type=Path), help="From stage 1.")
@click.option("--adapter", required=True, type=click.Path(exists=True, path_type=Path), help="From stage 2.")
@click.option("--out", type=click.Path(path_type=Path), help="Instead of the package's own directory.")
@_JSON_PROGRESS
def bundle(model: Path, adapter: Path, out: Path | None, json_progress: bool) -> None:
    """Put a trained model into the package, with what it knows and when it is sure."""
    from altd.models.catalogue import BUNDLED, find_model
    from altd_trainer.bundle import write_bundle
    from altd_trainer.progress import reporter

    target = out or find_model(BUNDLED).directory
    click.echo(json.dumps(write_bundle(model, adapter, target, reporter(json_progress))))


main.add_command(bench_commands)
main.add_command(data_commands)
main.add_command(evaluate)
