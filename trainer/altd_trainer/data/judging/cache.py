"""Every answer of a judge on disk, by the content of its question: nothing is paid for twice.

One file an answer, there whole or not at all, so that a run that is killed loses at most what was under way.
The files hold answers and the judge's name, neither pictures nor keys.
"""

import json
import os
from pathlib import Path

from altd_trainer.data.judging.judge import Judge, Question


class Remembering:
    """A judge that is asked each question once.

    Args:
        judge: who is asked.
        folder: where the answers are kept; it is made when the first one is.
    """

    def __init__(self, judge: Judge, folder: Path) -> None:
        self.name = judge.name
        self._judge = judge
        self._folder = folder

    def knows(self, question: Question) -> bool:
        """Whether the answer is there."""
        return self._read(question) is not None

    def __call__(self, question: Question) -> str:
        """The answer that is known, or a new one, kept before it is returned.

        Raises:
            JudgeError: from the judge.
        """
        known = self._read(question)
        if known is not None:
            return known
        answer = self._judge(question)
        self._write(question, answer)
        return answer

    def _file(self, question: Question) -> Path:
        key = question.key(self.name)
        return self._folder / key[:2] / f"{key}.json"

    def _read(self, question: Question) -> str | None:
        try:
            answer = json.loads(self._file(question).read_text(encoding="utf-8"))["answer"]
        except (OSError, ValueError, KeyError, TypeError):  # none, or not ours: ask
            return None
        return answer if isinstance(answer, str) else None

    def _write(self, question: Question, answer: str) -> None:
        file = self._file(question)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = file.with_suffix(f".{os.getpid()}.part")
        temporary.write_text(
            json.dumps({"judge": self.name, "answer": answer}, ensure_ascii=False), encoding="utf-8"
        )
        temporary.replace(file)
