"""`altd pair`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from altd.cli._browsers import ALL, registrations, states
from altd.cli._client import find_client, need_client
from altd.cli._output import emit, emit_json, emit_rows, json_option, moment, note
from altd.cli._store import offline_database, read
from altd.errors import AltdError
from altd.pairing import manifests
from altd.pairing.browsers import BROWSERS, CHROMIUM_ID
from altd.pairing.tokens import revoke_token, valid_tokens
from altd.paths import Paths

# Firefox makes an address of its own for every installation.
PAIRING_PAGE = f"chrome-extension://{CHROMIUM_ID}/pair.html?code={{code}}&port={{port}}"
_BROWSER = click.Choice((*BROWSERS, ALL))


@click.group(invoke_without_command=True)
@click.pass_context
@json_option
def command(context: click.Context, as_json: bool) -> None:
    """Pair a browser extension: print a code to type into it within two minutes.

    After `altd pair install` no code is needed.
    """
    if context.invoked_subcommand is not None:
        return
    client = need_client(Paths.default())
    answer = client.call("POST", "/v1/pairing-codes")
    if as_json:
        emit_json(answer)
        return
    emit(answer["code"])
    note(f"Type this code into the extension within {answer['expires_in_s'] // 60} minutes.")
    page = PAIRING_PAGE.format(code=answer["code"], port=client.info.port)
    note(f"Chromium and Chrome: this address opens the pairing page with the code filled in: {page}")


@command.command()
@click.argument("browsers", nargs=-1, type=_BROWSER, metavar="[BROWSER|all]...")
@click.option(
    "--data-folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="The browser's data folder where it was started with one of its own.",
)
def install(browsers: Sequence[str], data_folder: Path | None) -> None:
    """Let browsers start altd and pair without a code: those named, else all that you have opened.

    Each gets a file that names altd's extension and no other.
    """
    if data_folder and len(browsers) != 1:
        raise click.UsageError("--data-folder belongs to one browser; name it.")
    for entry, sealed in registrations(browsers, Paths.default(), data_folder):
        try:
            manifests.install(entry)
        except OSError:
            raise AltdError(
                "file_unreadable", f"{entry.manifest} cannot be written; check the folder's permissions."
            ) from None
        emit(f"{entry.browser.title} may start altd: {entry.manifest}")
        if sealed:
            note(
                f"{entry.browser.title} is a snap or flatpak here and may start no program; use `altd pair`."
            )
    note(
        "Open altd's pairing page in the browser, from the altd button in the toolbar; it needs no code now."
    )


@command.command()
@click.argument("browsers", nargs=-1, type=_BROWSER, metavar="[BROWSER|all]...")
@click.option(
    "--data-folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="As given to `altd pair install`.",
)
def uninstall(browsers: Sequence[str], data_folder: Path | None) -> None:
    """Take that permission back; tokens stay until they are revoked."""
    for entry, _ in registrations(browsers, Paths.default(), data_folder):
        there = manifests.remove(entry)
        emit(f"{entry.browser.title} may {'no longer' if there else 'not'} start altd.")


@command.command("list")
@json_option
def list_tokens(as_json: bool) -> None:
    """List paired browsers: id, name, origin, paired, last used."""
    paths = Paths.default()
    tokens = read(paths, valid_tokens)
    if as_json:
        emit_json(
            [
                {
                    "id": token.id,
                    "name": token.name,
                    "origin": token.origin,
                    "created_at": token.created_at,
                    "last_used_at": token.last_used_at,
                }
                for token in tokens
            ]
        )
        return
    emit_rows((t.id, t.name, t.origin, moment(t.created_at), moment(t.last_used_at)) for t in tokens)
    if not tokens:
        note("No browser is paired.")
    able = [BROWSERS[name].title for name, found in states(paths).items() if found == "current"]
    if able:
        note(f"May pair without a code: {', '.join(able)}.")


@command.command()
@click.argument("token_ids", nargs=-1, metavar="ID...")
@click.option("--all", "every", is_flag=True, help="End the tokens of all browsers.")
def revoke(token_ids: Sequence[str], every: bool) -> None:
    """End browsers' tokens, in the running daemon at once."""
    if every == bool(token_ids):
        raise click.UsageError("Name the tokens, or use --all.")
    paths = Paths.default()
    for token_id in token_ids or [token.id for token in read(paths, valid_tokens)]:
        _revoke(paths, token_id)
        emit(f"{token_id} may no longer ask.")


def _revoke(paths: Paths, token_id: str) -> None:
    client = find_client(paths)
    if client:
        client.call("DELETE", f"/v1/tokens/{token_id}")
        return
    with offline_database(paths) as database:
        database.write(lambda connection: revoke_token(connection, token_id))
