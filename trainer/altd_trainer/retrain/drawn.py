"""What adapters write of drawn pictures, which is the longest part of a retraining and is asked once.

Texts are kept by a digest of all that decides them. What the active generation writes serves every
retraining until another one is active. What a draft writes holds words of the person's edits and lies with
the rest of its training: a stopped run goes on with it, and it goes when the training is done.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self

from altd.describe.prompt import PROMPT_VERSION
from altd.errors import AltdError
from altd.models.fit import weights_digest
from altd.models.loading import load_model
from altd.models.manifest import WEIGHTS
from altd.paths import Paths, private_directory, write_private
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.families import load_processor
from altd_trainer.generation import MAX_NEW_TOKENS, Question, answer
from altd_trainer.retrain.start import Start
from altd_trainer.retrain.work import require_open
from altd_trainer.synthetic import Sample, generate, split_seed

Split = Literal["train", "validation", "test"]

_BATCH = 16
_SHOWN = 8  # pictures that tell by which rules all are drawn


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

    def digest(self) -> str:
        """Of which pictures they are, by the first few: an update of altd may draw others."""
        digest = hashlib.sha256(repr(self).encode())
        for sample in self.samples(0, _SHOWN):
            digest.update(sample.image.tobytes())
            digest.update(repr((sample.post, sample.lines, sample.alt)).encode())
        return digest.hexdigest()


@dataclass
class Drawn:
    """What adapters wrote of drawn pictures, one file for each adapter and lot of pictures.

    Attributes:
        start: what retraining starts from.
        active_folder: for texts of the active generation.
        draft_folder: for those of drafts.
        check: raises where nothing may be kept any more.
    """

    start: Start
    active_folder: Path
    draft_folder: Path
    check: Callable[[], None] = lambda: None
    _used: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, paths: Paths, start: Start, work: Path) -> Self:
        """That of a training in a home, whose folder is `work`."""
        return cls(start, paths.cache_dir / "drawn", work / "drawn", partial(require_open, work))

    @classmethod
    def kept(cls, start: Start, folder: Path) -> Self:
        """All in one folder, where other trainings find it."""
        return cls(start, folder, folder)

    def active(self, pictures: Pictures) -> list[str]:
        """What the generation that retraining starts from writes, greedily; one text for each picture."""
        write = partial(self._write, self.start.adapter, pictures)
        return self._texts(self.active_folder, pictures, (), write)

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
        learned = [(each.id, repr(each.context), each.lines, each.chosen, each.weight) for each in examples]
        return self._texts(
            self.draft_folder, pictures, (settings, learned), lambda: self._write(train(), pictures)
        )

    def forget(self) -> None:
        """Delete what generations wrote that were active before."""
        for file in self.active_folder.glob("*"):
            if file.name not in self._used:
                file.unlink(missing_ok=True)

    def _texts(
        self, folder: Path, pictures: Pictures, more: Sequence[Any], write: Callable[[], list[str]]
    ) -> list[str]:
        content = [*self._start_content(), MAX_NEW_TOKENS, pictures.digest(), *more]
        file = folder / f"{hashlib.sha256(json.dumps(content).encode()).hexdigest()}.json"
        self._used.add(file.name)
        if not file.is_file():
            written = json.dumps(write()).encode()
            write_private(private_directory(folder) / file.name, written)
            try:
                self.check()
            except AltdError:
                file.unlink()
                raise
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
