"""docs/data.md and docs/cli.md name every reason, repair, form and option of the data commands."""

import re
from pathlib import Path

import click
import pytest

from altd_trainer.data.cleaning.report import REJECTIONS, REPAIRS
from altd_trainer.data.command import data
from altd_trainer.data.importing import FORMS
from altd_trainer.data.judging.endpoint import KEY_VARIABLE, KEYRING_SERVICE

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "data.md").read_text(encoding="utf-8")
SECTION = (DOCS / "cli.md").read_text(encoding="utf-8").split("## altd data\n")[1].split("\n## ")[0]


def named(heading: str) -> tuple[str, ...]:
    """The first column of the table with a heading, in order."""
    table = PAGE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return tuple(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE))


def test_every_reason_repair_and_form() -> None:
    assert named("reason") == REJECTIONS
    assert named("repair") == REPAIRS
    assert named("form") == FORMS
    assert KEY_VARIABLE in PAGE
    assert KEYRING_SERVICE in PAGE


@pytest.mark.parametrize("name", data.commands)
def test_every_command_and_its_options(name: str) -> None:
    assert f"`altd data {name} " in SECTION
    for option in data.commands[name].params:
        if isinstance(option, click.Option) and option.name != "json_progress":
            assert any(f"{word}`" in SECTION or f"{word} " in SECTION for word in option.opts), option.opts


def test_every_command_of_the_user_s_command_line() -> None:
    from altd.cli.data import command

    choice = next(parameter for parameter in command.params if parameter.name == "what").type
    assert isinstance(choice, click.Choice)
    assert set(choice.choices) == data.commands.keys()
