"""Kept answers: nothing is asked for twice, whatever ended the run before."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from altd_trainer.evaluation import Item, open_items
from altd_trainer.evaluation.answers import Answer, collect_answers
from altd_trainer.evaluation.keeping import KeptAnswers, question_key


class Clerk:
    """Answers with the picture's id, notes whom it was asked about, and leaves after some."""

    name = digest = "clerk"

    def __init__(self, patience: int = 100, failing: str = "") -> None:
        self.asked: list[str] = []
        self.patience, self.failing = patience, failing

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        for item in items:
            if len(self.asked) == self.patience:
                raise KeyboardInterrupt
            self.asked.append(item.id)
            failed = item.id == self.failing
            yield Answer("", "failed", error="No.") if failed else Answer(item.id, lines=("a", "\u2028b"))


def collect(clerk: Clerk, items: Sequence[Item], folder: Path) -> list[Answer]:
    return collect_answers(clerk, items, KeptAnswers(folder, clerk.digest), lambda done, of: None)


def test_an_interrupted_run_goes_on_where_it_ended(tmp_path: Path) -> None:
    items = open_items("synthetic:test", 5)
    with pytest.raises(KeyboardInterrupt):
        collect(Clerk(patience=3), items, tmp_path)
    second = Clerk()
    answers = collect(second, items, tmp_path)
    assert second.asked == [item.id for item in items[3:]]
    assert [answer.text for answer in answers] == [item.id for item in items]
    assert answers[0].lines == ("a", "\u2028b")
    third = Clerk()
    assert collect(third, items[::-1], tmp_path) == answers[::-1]
    assert third.asked == []


def test_half_a_line_costs_one_answer(tmp_path: Path) -> None:
    items = open_items("synthetic:test", 3)
    collect(Clerk(), items, tmp_path)
    file = tmp_path / "clerk.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    again = Clerk()
    collect(again, items, tmp_path)
    assert again.asked == [items[2].id]
    assert len(KeptAnswers(tmp_path, "clerk")) == 3
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_failed_is_asked_again(tmp_path: Path) -> None:
    items = open_items("synthetic:test", 2)
    assert collect(Clerk(failing=items[0].id), items, tmp_path)[0].state == "failed"
    again = Clerk()
    collect(again, items, tmp_path)
    assert again.asked == [items[0].id]


def test_another_post_is_another_question() -> None:
    (item,) = open_items("synthetic:test", 1)
    keys = {question_key(item), question_key(replace(item, context=replace(item.context, text="Other")))}
    keys |= {question_key(replace(item, lines=("OPEN",))), question_key(replace(item, picture=b"other"))}
    assert len(keys) == 4
    assert question_key(replace(item, id="other", reference="Other.")) == question_key(item)
