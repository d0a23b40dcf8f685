"""docs/cli.md has a section for every command, and names every option in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from altd.cli._root import root
from altd.errors import Exit

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")


def sections() -> dict[str, str]:
    """Heading of each command → its text."""
    parts = re.split(r"^##+ (altd .*)$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def commands(command: click.Command = root, name: str = "altd") -> Iterator[tuple[str, click.Command]]:
    """Every command below one, with its full name."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield f"{name} {child}", found
            yield from commands(found, f"{name} {child}")


@pytest.mark.parametrize(
    ("name", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_and_option(name: str, command: click.Command) -> None:
    text = sections()[name]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            for option in parameter.opts:
                assert f"`{option}`" in text, option


def test_no_command_that_there_is_not() -> None:
    assert set(sections()) == {name for name, _ in commands()}


def test_every_exit_code() -> None:
    assert set(re.findall(r"^\| (\d+) \|", PAGE, flags=re.MULTILINE)) == {str(int(code)) for code in Exit}
