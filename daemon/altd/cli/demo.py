"""`altd demo`."""

from __future__ import annotations

import asyncio
import subprocess
from importlib.util import find_spec
from pathlib import Path

import click

from altd.cli._client import need_client
from altd.cli._output import emit, emit_json, json_option, note
from altd.cli._trainer import trainer_command
from altd.cli.start import ensure_started
from altd.errors import AltdError
from altd.paths import Paths

_SOURCE = Path(__file__).parents[3]
_EXTENSION = _SOURCE / "extension" / ".output" / "chrome-mv3"


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where pictures and report go.")
@click.option(
    "--extension",
    type=click.Path(file_okay=False, path_type=Path),
    default=_EXTENSION,
    help="Built extension.",
)
@json_option
def command(out: Path | None, extension: Path, as_json: bool) -> None:
    """Show altd at work in a browser.

    Starts the daemon if none runs, serves a feed like X's and one like Pinterest's on this machine, opens
    them in Chromium with the extension, and prints what a screen reader is told of every picture.
    """
    _check_parts(extension)
    paths = Paths.default()
    out = out or paths.cache_dir / "demo"
    info = ensure_started(paths)
    note(f"The daemon answers at {info.url}.")
    drawn = subprocess.run(
        trainer_command(["draw", "--out", str(out / "pictures")]), capture_output=True, text=True, check=False
    )
    if drawn.returncode:
        raise AltdError("trainer_failed", drawn.stderr.strip() or None)
    code = need_client(paths).call("POST", "/v1/pairing-codes")["code"]

    from altd.demo.run import run_demo  # playwright: only for the demo

    rows = asyncio.run(run_demo(out, extension, code, info.port, note))
    if as_json:
        emit_json([row.as_dict() for row in rows])
        return
    for number, row in enumerate(rows, 1):
        emit(f"{number}. {row.image}, {row.site}\n   Post: {row.post}\n   Accessible name: {row.name}")
    described = sum(row.described for row in rows)
    note(f"{described} of {len(rows)} pictures have a description. Report and screenshot: {out}")
    note(_NEXT.format(extension=extension))


def _check_parts(extension: Path) -> None:
    if find_spec("playwright") is None or find_spec("trustme") is None or find_spec("altd_trainer") is None:
        raise AltdError("demo_missing")
    if not (extension / "manifest.json").is_file():
        raise AltdError("extension_missing")


_NEXT = """Next:
  In Chromium open chrome://extensions, turn on developer mode, choose "Load unpacked" and this folder:
    {extension}
  altd pair      prints the code that its page asks for
  altd status    says what runs
  altd retrain   learns from your verdicts
  altd stop      ends the daemon"""
