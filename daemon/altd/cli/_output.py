"""The one place that prints: data on stdout, messages on stderr, in lines that a screen reader reads well."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """Add `--json` to a command; it arrives as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(command)


def emit(text: str) -> None:
    """Print data."""
    click.echo(text)


def emit_json(value: Any) -> None:
    """Print data as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def emit_json_line(value: Any) -> None:
    """Print one event as one line of JSON, at once."""
    click.echo(json.dumps(value, ensure_ascii=False))


def note(text: str) -> None:
    """Print a message."""
    click.echo(text, err=True)


def emit_pairs(values: Mapping[str, object]) -> None:
    """Print one `name: value` a line."""
    for name, value in values.items():
        click.echo(f"{name}: {'-' if value is None else value}")


def emit_rows(rows: Iterable[Iterable[object]]) -> None:
    """Print rows as tab-separated lines: easy to cut, and no drawing for a screen reader to spell out."""
    for row in rows:
        click.echo("\t".join("-" if cell is None else str(cell) for cell in row))


def moment(seconds: float | None) -> str | None:
    """Return seconds since 1970 as local time to the minute."""
    return None if seconds is None else datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")
