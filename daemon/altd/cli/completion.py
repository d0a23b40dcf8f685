"""`altd completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from altd.cli._output import emit

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print a completion script for your shell.

    For bash, put `eval "$(altd completion bash)"` into ~/.bashrc.
    """
    kind = get_completion_class(shell)
    assert kind is not None
    emit(kind(context.find_root().command, {}, "altd", "_ALTD_COMPLETE").source())
