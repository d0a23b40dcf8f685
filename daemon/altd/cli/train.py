"""`altd train`."""

from __future__ import annotations

import click

from altd.cli._trainer import pass_through

_METHODS = ("sft", "dpo", "mcm-dpo")


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("method", type=click.Choice(_METHODS))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(context: click.Context, method: str, arguments: tuple[str, ...]) -> None:
    """Train on data sets: supervised, with DPO, or with MCM-DPO.

    What follows the method goes to the trainer; `altd train sft --help` lists it.
    """
    context.exit(pass_through([method, *arguments]))
