"""`altd eval`."""

from __future__ import annotations

import click

from altd.cli._trainer import pass_through


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Measure a model or a generation.

    Every option goes to the trainer; `altd eval --help` lists them.
    """
    context.exit(pass_through(["eval", *arguments]))
