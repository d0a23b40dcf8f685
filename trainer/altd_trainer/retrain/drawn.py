"""What adapters write of drawn pictures, which is the longest part of a retraining and is asked once.

Texts are kept by a digest of all that decides them: a stopped run goes on with them, another method learns
from the same drafts, and what the active generation writes serves every retraining until another one is
active. What a draft wrote goes with its training: it holds words of the person's edits.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from altd.describe.prompt import PROMPT_VERSION
from altd.models.fit import weights_digest
from altd.models.loading import load_model
from altd.models.manifest import WEIGHTS
from altd.paths import Paths, private_directory, write_private
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.families import load_processor
from altd_trainer.generation import Question, answer
from altd_trainer.retrain.start import Start
from altd_trainer.synthetic import Sample, generate, split_seed

DRAWN = "drawn"
"""Name of the folder of the cache."""

Split = Literal["train", "validation", "test"]

_ACTIVE, _DRAFT = "active", "draft"
_BATCH = 16


@dataclass(frozen=True)
class Pictures:
    """Drawn pictures of a split, from number `first` on."""

    split: Split
    first: int
    count: int

    def samples(self, start: int = 0, end: int | None = None) -> Iterator[Sample]:
        """Those from place `start` to `end`, drawn anew: a thousand of them would take half a gigabyte."""
        end = self.count if end is None else min(end, self.count)
        seed = split_seed(self.split)
        return (generate(seed, self.first + place) for place in range(start, end))


@dataclass
class Drawn:
    """What adapters wrote of drawn pictures, in a folder of the cache.

    Attributes:
        start: what retraining starts from.
        folder: one file for each adapter and lot of pictures.
    """

    start: Start
    folder: Path
    _used: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, paths: Paths, start: Start) -> Self:
        """The one of a home."""
        return cls(start, paths.cache_dir / DRAWN)

    def active(self, pictures: Pictures) -> list[str]:
        """What the generation that retraining starts from writes, greedily; one text for each picture."""
        return self._texts(_ACTIVE, pictures, (), lambda: self._write(self.start.adapter, pictures))

    def draft(
        self,
        pictures: Pictures,
        examples: Sequence[PreferenceExample],
        settings: dict[str, Any],
        train: Callable[[], Path],
    ) -> list[str]:
        """What a draft writes.

        Args:
            examples: what it learns from.
            settings: of its trainer.
            train: trains it and returns its adapter; not called where the texts are known.
        """
        learned = [(each.id, repr(each.context), each.chosen, each.weight) for each in examples]
        return self._texts(_DRAFT, pictures, (settings, learned), lambda: self._write(train(), pictures))

    def forget(self) -> None:
        """Delete what no later run can use: all but what the active generation wrote in this one."""
        for file in self.folder.glob("*"):
            if file.name not in self._used or file.name.startswith(_DRAFT):
                file.unlink(missing_ok=True)

    def _texts(
        self, kind: str, pictures: Pictures, more: Sequence[Any], make: Callable[[], list[str]]
    ) -> list[str]:
        content = [*self._start_content(), pictures.split, pictures.first, pictures.count, *more]
        name = f"{kind}-{hashlib.sha256(json.dumps(content).encode()).hexdigest()}.json"
        self._used.add(name)
        file = self.folder / name
        if not file.is_file():
            written = json.dumps(make()).encode()
            write_private(private_directory(self.folder) / name, written)
        return list(json.loads(file.read_text(encoding="utf-8")))

    def _start_content(self) -> list[Any]:
        adapter = self.start.adapter
        learned = hashlib.sha256((adapter / WEIGHTS).read_bytes()).hexdigest() if adapter else None
        return [weights_digest(self.start.model.directory), learned, self.start.quantization, PROMPT_VERSION]

    def _write(self, adapter: Path | None, pictures: Pictures) -> list[str]:
        directory, texts = self.start.model.directory, list[str]()
        model = load_model(directory, self.start.quantization, adapter=adapter)
        processor = load_processor(directory)
        for first in range(0, pictures.count, _BATCH):
            samples = pictures.samples(first, first + _BATCH)
            questions = [Question(sample.image, sample.post, sample.lines) for sample in samples]
            texts += answer(model, processor, questions, _BATCH)
        return texts
