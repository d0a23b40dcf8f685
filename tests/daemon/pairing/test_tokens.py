"""Tokens in the database: never the secret."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from altd.errors import AltdError
from altd.pairing.tokens import TokenBook, valid_tokens
from altd.store.database import Database

ORIGIN = "chrome-extension://" + "a" * 32


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "altd.sqlite", tmp_path / "backups") as opened:
        yield opened


async def test_a_token_is_known_by_its_secret_also_after_a_restart(database: Database) -> None:
    book = TokenBook(database, "local secret")
    token, secret = await book.create("Chrome", ORIGIN)
    for later in (book, TokenBook(database, "another local secret")):
        found = later.check(secret)
        assert found is not None
        assert (found.id, found.origin, found.is_local) == (token.id, ORIGIN, False)
    assert book.check(secret + "x") is None
    assert book.check("") is None


async def test_the_local_secret_lives_as_long_as_the_daemon(database: Database) -> None:
    local = TokenBook(database, "local secret").check("local secret")
    assert local is not None
    assert local.is_local
    assert TokenBook(database, "next").check("local secret") is None


async def test_the_secret_is_not_on_disk(database: Database, tmp_path: Path) -> None:
    _, secret = await TokenBook(database, "local secret").create("Chrome", ORIGIN)
    for path in tmp_path.glob("altd.sqlite*"):
        data = path.read_bytes()
        assert secret.encode() not in data
        assert b"local secret" not in data


async def test_revoking(database: Database) -> None:
    book = TokenBook(database, "local secret")
    token, secret = await book.create("Chrome", ORIGIN)
    await book.revoke(token.id)
    assert book.check(secret) is None
    assert TokenBook(database, "next").check(secret) is None
    assert database.read(valid_tokens) == []
    for unknown in (token.id, "nothing", "local"):
        with pytest.raises(AltdError) as caught:
            await book.revoke(unknown)
        assert caught.value.code == "unknown_token"
    assert book.check("local secret") is not None


async def test_the_last_use_is_noted_now_and_then(database: Database) -> None:
    book = TokenBook(database, "local secret")
    _, secret = await book.create("Chrome", ORIGIN)
    for _ in range(3):
        token = book.check(secret)
        assert token is not None
        await book.note_use(token)
    [kept] = database.read(valid_tokens)
    assert kept.last_used_at == token.last_used_at is not None
