"""The root of the command line, and the table of its commands."""

from __future__ import annotations

import click

from altd.cli._lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "start": ("altd.cli.start", "Start the daemon."),
    "stop": ("altd.cli.stop", "Stop the daemon."),
    "status": ("altd.cli.status", "Say what runs."),
    "logs": ("altd.cli.logs", "Show the daemon's log."),
    "describe": ("altd.cli.describe", "Describe one image file."),
    "doctor": ("altd.cli.doctor", "Check this installation and this machine."),
    "pair": ("altd.cli.pair", "Pair a browser extension."),
    "models": ("altd.cli.models", "Models and generations."),
    "feedback": ("altd.cli.feedback", "Your verdicts."),
    "retrain": ("altd.cli.retrain", "Learn from your verdicts."),
    "train": ("altd.cli.train", "Train on data sets."),
    "data": (
        "altd.cli.data",
        "Make data sets of posts: import, clean, correct, collect preferences, and look into files.",
    ),
    "eval": ("altd.cli.eval", "Measure a model or a generation."),
    "bench": ("altd.cli.bench", "Measure speed and memory."),
    "demo": ("altd.cli.demo", "Show altd at work in a browser."),
    "service": ("altd.cli.service", "Start altd with your session."),
    "completion": ("altd.cli.completion", "Print a completion script for your shell."),
}


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from altd import __version__  # reads the installed metadata: not on every start

        click.echo(f"altd {__version__}")
        ctx.exit()


root = LazyGroup(
    "altd",
    table=COMMANDS,
    help="Alt text for images that have none, written on your own machine.",
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_print_version,
            help="Show the version and exit.",
        )
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)
