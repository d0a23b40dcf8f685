"""`altd pair`."""

from __future__ import annotations

import click

from altd.cli._client import find_client, need_client
from altd.cli._output import emit, emit_json, emit_rows, json_option, moment, note
from altd.cli._store import offline_database, read
from altd.pairing.tokens import revoke_token, valid_tokens
from altd.paths import Paths

# Chromium derives the extension's id from the key in its manifest; Firefox makes one per installation.
PAIRING_PAGE = "chrome-extension://ncjemekfcklmoobalfblhafnfpdkbjmo/pair.html?code={code}&port={port}"


@click.group(invoke_without_command=True)
@click.pass_context
@json_option
def command(context: click.Context, as_json: bool) -> None:
    """Pair a browser extension: print a code to type into it within two minutes."""
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


@command.command("list")
@json_option
def list_tokens(as_json: bool) -> None:
    """List paired browsers: id, name, origin, paired, last used."""
    tokens = read(Paths.default(), valid_tokens)
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


@command.command()
@click.argument("token_id", metavar="ID")
def revoke(token_id: str) -> None:
    """End a browser's token."""
    paths = Paths.default()
    client = find_client(paths)
    if client:
        client.call("DELETE", f"/v1/tokens/{token_id}")
    else:
        with offline_database(paths) as database:
            database.write(lambda connection: revoke_token(connection, token_id))
    emit(f"{token_id} may no longer ask.")
