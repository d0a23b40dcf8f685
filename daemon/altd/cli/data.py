"""`altd data`."""

from __future__ import annotations

import click

from altd.cli._trainer import pass_through


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("what", type=click.Choice(("import", "clean", "correct", "collect", "audit", "stats")))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(context: click.Context, what: str, arguments: tuple[str, ...]) -> None:
    """Make data sets of posts: import, clean, correct, collect preferences, and look into files.

    What follows goes to the trainer; `altd data stats --help` lists it.
    """
    context.exit(pass_through(["data", what, *arguments]))
