"""`altd doctor`."""

from __future__ import annotations

from dataclasses import asdict

import click

from altd.cli._checks import CHECKS
from altd.cli._finding import Finding
from altd.cli._output import emit, emit_json, json_option
from altd.errors import Exit
from altd.paths import Paths


@click.command()
@json_option
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Check this installation and this machine.

    Ends with 5 when the machine is unfit, with 1 when something else is broken.
    """
    paths = Paths.default()
    findings = [finding for check in CHECKS for finding in check(paths)]
    if as_json:
        emit_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            emit(f"{finding.level}: {finding.name}: {finding.detail}{_fix(finding)}")
    context.exit(_exit_code(findings))


def _fix(finding: Finding) -> str:
    return f"; run: {finding.fix}" if finding.fix else ""


def _exit_code(findings: list[Finding]) -> int:
    broken = [finding for finding in findings if finding.level == "broken"]
    if any(finding.hardware for finding in broken):
        return Exit.HARDWARE_UNFIT
    return Exit.ERROR if broken else Exit.OK
