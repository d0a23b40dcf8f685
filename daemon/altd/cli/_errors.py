"""The one place where a failure becomes a line on stderr and an exit code."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from altd.disk import disk_error
from altd.errors import ERRORS, AltdError, Exit

DEBUG_VARIABLE = "ALTD_DEBUG"


def run(command: click.Command) -> NoReturn:
    """Run a command and end the process; with `ALTD_DEBUG` set, failures show their traceback."""
    os.umask(0o077)
    sys.exit(_exit_code(command))


def _exit_code(command: click.Command) -> int:
    try:
        result = command.main(prog_name="altd", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return int(Exit.USAGE)
    except (click.Abort, KeyboardInterrupt):
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:  # the reader of our output left, as `altd logs | head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(Exit.OK)
    except AltdError as error:
        _debug()
        return _report(error.message, error.exit_code)
    except Exception as error:  # noqa: BLE001 - the last place; a user gets a sentence, not a traceback
        _debug()
        if (known := disk_error(error)) is not None:
            return _report(_with_place(known, error), known.exit_code)
        return _report(f"{ERRORS['internal'].message} Set {DEBUG_VARIABLE}=1 to see where.", int(Exit.ERROR))
    return result if isinstance(result, int) else int(Exit.OK)


def _report(message: str, exit_code: int) -> int:
    click.echo(f"altd: {message}", err=True)
    return exit_code


def _with_place(known: AltdError, error: Exception) -> str:
    """Say which file or folder it was, where the system tells; on the command line it is the user's own."""
    place = getattr(error, "filename", None)
    return f"{known.message} ({place})" if place else known.message


def _debug() -> None:
    if os.environ.get(DEBUG_VARIABLE):
        sys.excepthook(*sys.exc_info())
