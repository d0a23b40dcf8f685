"""The command line starts fast: what it must not import, it does not."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time

import click
import pytest

from altd.cli._root import COMMANDS, root

HEAVY = ("torch", "transformers", "onnxruntime", "rapidocr", "numpy", "PIL", "peft", "bitsandbytes")


def imported_by(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_root_imports_nothing_that_takes_long() -> None:
    assert not imported_by("import altd.cli") & {*HEAVY, "aiohttp", "pydantic"}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_imports_a_model_library(name: str) -> None:
    assert not imported_by(f"import {COMMANDS[name][0]}") & set(HEAVY)


def test_neither_does_the_server() -> None:
    assert not imported_by("import altd.server.daemon") & set(HEAVY)


def test_help_takes_less_than_half_a_second() -> None:
    def once() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "altd", "--help"], capture_output=True, check=True)
        return time.perf_counter() - start

    assert min(once() for _ in range(3)) < 0.5


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says(name: str) -> None:
    module, about = COMMANDS[name]
    command = importlib.import_module(module).command
    assert isinstance(command, click.Command)
    assert (command.help or "").startswith(about.rstrip("."))
    assert root.get_command(click.Context(root), name) is command
