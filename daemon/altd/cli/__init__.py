"""The command line: one file per command or group, each imported only when it is used."""

from __future__ import annotations

from altd.cli._errors import run
from altd.cli._root import root


def main() -> None:
    """Run `altd` and end the process with its exit code."""
    run(root)


__all__ = ["main"]
