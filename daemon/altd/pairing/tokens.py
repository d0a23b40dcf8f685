"""Tokens: 256 random bits for each paired browser, kept only as their sha256.

A token belongs to the origin it was made for (`chrome-extension://…`, `moz-extension://…`): another
extension cannot use a stolen one from its own pages. The command line has a token of its own, made
anew at each start and readable only by the user who started the daemon; it alone may make codes,
list and revoke tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import sqlite3
import time
import uuid
from dataclasses import dataclass, replace
from typing import Self

from altd.errors import AltdError, where
from altd.store.database import Database

_log = logging.getLogger(__name__)

LOCAL = "local"
_NOTE_USE_EVERY_S = 600.0


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept: never the secret itself.

    Attributes:
        id: what `altd pair revoke` takes.
        sha256: hex digest of the secret.
        name: what the browser calls itself.
        origin: the extension origin seen at pairing; None when it sent none.
        created_at, last_used_at, revoked_at: seconds since 1970.
    """

    id: str
    sha256: str
    name: str
    origin: str | None
    created_at: float
    last_used_at: float | None = None
    revoked_at: float | None = None

    @property
    def is_local(self) -> bool:
        """Whether this is the command line's own token."""
        return self.id == LOCAL

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        """Build it from a result row."""
        return cls(**dict(row))


class TokenBook:
    """The tokens that are valid now.

    Args:
        database: where the tokens of paired browsers are kept.
        local_secret: the command line's token for this run of the daemon.
    """

    def __init__(self, database: Database, local_secret: str) -> None:
        self._database = database
        local = Token(LOCAL, _digest(local_secret), "command line", None, time.time())
        self._valid = {token.id: token for token in (local, *database.read(valid_tokens))}

    def check(self, secret: str) -> Token | None:
        """Return the token of this secret; every known digest is compared in constant time."""
        given = _digest(secret)
        found = None
        for token in self._valid.values():
            if hmac.compare_digest(token.sha256, given):
                found = token
        return found

    async def create(self, name: str, origin: str | None) -> tuple[Token, str]:
        """Make a token and return it with its secret, which is not kept."""
        secret = secrets.token_urlsafe(32)
        token = Token(uuid.uuid4().hex[:12], _digest(secret), name, origin, time.time())
        await self._database.awrite(lambda connection: _save(connection, token))
        self._valid[token.id] = token
        return token, secret

    async def revoke(self, token_id: str) -> None:
        """End a token.

        Raises:
            AltdError: `unknown_token`.
        """
        await self._database.awrite(lambda connection: revoke_token(connection, token_id))
        self._valid.pop(token_id, None)

    async def note_use(self, token: Token) -> None:
        """Remember when a browser's token was last used, to within ten minutes.

        Either way of the clock counts, since it may have been set back. A full disk forgets the note and
        refuses nobody.
        """
        now = time.time()
        if token.is_local or abs(now - (token.last_used_at or 0.0)) < _NOTE_USE_EVERY_S:
            return
        self._valid[token.id] = replace(token, last_used_at=now)
        try:
            await self._database.awrite(lambda connection: _note_use(connection, token.id, now))
        except sqlite3.Error as error:
            _log.warning("the use of a token could not be noted: %s", where(error))


def valid_tokens(connection: sqlite3.Connection) -> list[Token]:
    """Return the tokens that were not revoked, oldest first."""
    rows = connection.execute("SELECT * FROM tokens WHERE revoked_at IS NULL ORDER BY created_at")
    return [Token.of(row) for row in rows]


def revoke_token(connection: sqlite3.Connection, token_id: str) -> None:
    """Mark a token revoked.

    Raises:
        AltdError: `unknown_token` when there is none or it is revoked already.
    """
    changed = connection.execute(
        "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (time.time(), token_id)
    ).rowcount
    if not changed:
        raise AltdError("unknown_token")


def _save(connection: sqlite3.Connection, token: Token) -> None:
    connection.execute(
        "INSERT INTO tokens (id, sha256, name, origin, created_at) VALUES (?, ?, ?, ?, ?)",
        (token.id, token.sha256, token.name, token.origin, token.created_at),
    )


def _note_use(connection: sqlite3.Connection, token_id: str, when: float) -> None:
    connection.execute("UPDATE tokens SET last_used_at = ? WHERE id = ?", (when, token_id))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
