"""`altd bench`."""

from __future__ import annotations

import click

from altd.cli._trainer import pass_through


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Measure speed and memory: `altd bench serve`, `altd bench train`.

    Every option goes to the trainer; `altd bench serve --help` lists them.
    """
    context.exit(pass_through(["bench", *arguments]))
