"""The tables, as named steps; a step that was ever released is never edited, only followed by another."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

Migration = Callable[[sqlite3.Connection], None]


def m001_first_tables(connection: sqlite3.Connection) -> None:
    """Descriptions, the verdicts on them, and the tokens of paired browsers."""
    for statement in _FIRST_TABLES.split(";"):
        connection.execute(statement)


_FIRST_TABLES = """
CREATE TABLE descriptions (
    id TEXT PRIMARY KEY,
    image_sha256 TEXT NOT NULL,
    media_key TEXT NOT NULL,
    site TEXT NOT NULL,
    context TEXT NOT NULL CHECK (json_valid(context)),
    lines TEXT NOT NULL CHECK (json_valid(lines)),
    detail TEXT NOT NULL,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    confidence TEXT NOT NULL,
    model TEXT NOT NULL,
    generation TEXT,
    prompt_version INTEGER NOT NULL,
    alternative_of TEXT,
    created_at REAL NOT NULL
) STRICT;
CREATE INDEX descriptions_by_image ON descriptions (image_sha256);
CREATE TABLE feedback (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    description_id TEXT NOT NULL REFERENCES descriptions (id),
    verdict TEXT NOT NULL CHECK (verdict IN ('accept', 'reject', 'edit', 'prefer')),
    text TEXT,
    other_id TEXT REFERENCES descriptions (id),
    created_at REAL NOT NULL,
    undone_at REAL
) STRICT;
CREATE INDEX feedback_by_description ON feedback (description_id);
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    origin TEXT,
    created_at REAL NOT NULL,
    last_used_at REAL,
    revoked_at REAL
) STRICT
"""


def m002_position_of_the_preferred(connection: sqlite3.Connection) -> None:
    """Where the preferred text stood among those shown: people like what stands first."""
    connection.execute("ALTER TABLE feedback ADD COLUMN position INTEGER CHECK (position >= 1)")


MIGRATIONS: tuple[Migration, ...] = (m001_first_tables, m002_position_of_the_preferred)
