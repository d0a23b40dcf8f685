"""Answers on disk, so that an interrupted evaluation asks for nothing twice."""

import hashlib
import json
import os
from dataclasses import asdict, astuple
from pathlib import Path

from altd.paths import private_directory
from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.items import Item


class KeptAnswers:
    """The answers of one answerer: a file of JSON lines, one appended after each answer.

    Args:
        folder: of all such files.
        digest: the answerer's.
    """

    def __init__(self, folder: Path, digest: str) -> None:
        private_directory(folder)
        self._file = folder / f"{digest}.jsonl"
        self._answers = dict(_read(self._file)) if self._file.is_file() else {}

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, item: Item) -> Answer | None:
        """The answer that was kept for this picture in this post."""
        return self._answers.get(question_key(item))

    def put(self, item: Item, answer: Answer) -> None:
        """Keep an answer; it is on disk when this returns."""
        key = question_key(item)
        self._answers[key] = answer
        line = json.dumps({"key": key, "answer": asdict(answer)}, ensure_ascii=False) + "\n"
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            # a run that was killed may have left half a line
            file.write(b"\n" * (not _ends_with_newline(self._file)) + line.encode())


def question_key(item: Item) -> str:
    """A digest of the picture and of all that an answerer is told with it."""
    picture = hashlib.sha256(item.encoded).hexdigest()
    return hashlib.sha256(repr((picture, astuple(item.context), item.lines)).encode()).hexdigest()


def _read(file: Path) -> list[tuple[str, Answer]]:
    rows = []
    for line in file.read_text(encoding="utf-8", errors="replace").split("\n"):
        try:
            row = json.loads(line)
        except json.JSONDecodeError:  # half a line
            continue
        rows.append((row["key"], Answer.from_json(row["answer"])))
    return rows


def _ends_with_newline(file: Path) -> bool:
    with file.open("rb") as opened:
        if opened.seek(0, os.SEEK_END) == 0:
            return True
        opened.seek(-1, os.SEEK_END)
        return opened.read(1) == b"\n"
