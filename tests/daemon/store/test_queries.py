"""Descriptions and verdicts in the tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from altd.errors import AltdError
from altd.store import queries
from altd.store.database import Database
from altd.store.records import DescriptionRow, FeedbackRow
from daemon.store.rows import description, feedback


class Store:
    """The queries on a database, each call one transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def save(self, *rows: DescriptionRow) -> None:
        for row in rows:
            self.database.write(lambda connection, row=row: queries.save_description(connection, row))

    def record(self, row: FeedbackRow) -> FeedbackRow:
        return self.database.write(lambda connection: queries.record_feedback(connection, row))

    def undo(self, feedback_id: str) -> FeedbackRow:
        return self.database.write(lambda connection: queries.undo_feedback(connection, feedback_id))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Database(tmp_path / "altd.sqlite", tmp_path / "backups") as database:
        yield Store(database)


def code_of(error: pytest.ExceptionInfo[AltdError]) -> str:
    return error.value.code


def test_a_description_comes_back_as_it_was(store: Store) -> None:
    store.save(description(), description(text="ignored: kept twice"))
    assert store.database.read(lambda c: queries.description(c, "d1")) == description()
    with pytest.raises(AltdError) as caught:
        store.database.read(lambda c: queries.description(c, "d2"))
    assert code_of(caught) == "unknown_description"


def test_a_key_counts_once(store: Store) -> None:
    store.save(description())
    first = store.record(feedback())
    assert store.record(feedback(id="f2", created_at=3000.0)) == first
    with pytest.raises(AltdError) as caught:
        store.record(feedback(id="f3", verdict="reject"))
    assert code_of(caught) == "feedback_conflict"
    assert len(store.database.read(queries.evidence)) == 1


def test_a_key_counts_once_also_after_undo(store: Store) -> None:
    store.save(description())
    store.record(feedback())
    undone = store.undo("f1")
    assert undone.undone_at is not None
    assert store.record(feedback()) == undone
    assert store.database.read(queries.evidence) == []


def test_undo_again_keeps_the_first_moment(store: Store) -> None:
    store.save(description())
    store.record(feedback())
    assert store.undo("f1") == store.undo("f1")
    with pytest.raises(AltdError) as caught:
        store.undo("f2")
    assert code_of(caught) == "unknown_feedback"


def test_a_verdict_needs_its_description(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store.record(feedback())


def test_evidence_joins_both_descriptions_oldest_first(store: Store) -> None:
    store.save(description(), description(id="d2", alternative_of="d1", text="A canoe.", generation=None))
    store.record(
        feedback(id="f2", key="k2", created_at=3000.0, verdict="prefer", description_id="d2", other_id="d1")
    )
    store.record(feedback(verdict="edit", text="A red boat."))
    rows = store.database.read(queries.evidence)
    assert [row.feedback.id for row in rows] == ["f1", "f2"]
    assert rows[0].other is None
    assert rows[1].description.alternative_of == "d1"
    assert rows[1].other == description()
    assert store.database.read(queries.feedback_counts) == {"edit": 1, "prefer": 1}
    assert store.database.read(queries.images_in_evidence) == {"a" * 64}


def test_texts_given_are_those_for_the_same_question(store: Store) -> None:
    store.save(
        description(),
        description(id="d2", text="A canoe.", created_at=1001.0),
        description(id="d3", text="A boat.", created_at=1002.0),
        description(id="d4", text="Ein Boot.", language="de"),
        description(id="d5", text="Another post.", context={"site": "x", "text": "other"}),
        description(id="d6", text="Another image.", image_sha256="b" * 64),
    )
    assert store.database.read(lambda c: queries.texts_given(c, description())) == ["A boat.", "A canoe."]


def test_only_old_descriptions_without_a_verdict_are_forgotten(store: Store) -> None:
    store.save(*(description(id=f"d{n}", created_at=float(n)) for n in range(1, 6)))
    store.record(feedback())
    store.record(feedback(id="f2", key="k2", description_id="d2", verdict="prefer", other_id="d3"))
    assert store.database.write(lambda c: queries.forget_descriptions(c, before=5.0)) == 1
    left = store.database.read(
        lambda c: [row[0] for row in c.execute("SELECT id FROM descriptions ORDER BY id")]
    )
    assert left == ["d1", "d2", "d3", "d5"]
