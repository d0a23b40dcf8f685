"""A model's own greedy texts, many pictures at once, with nothing withheld: for comparing methods."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from altd.describe import reader as reader_module
from altd.models.loading import Quantization, best_device, load_model
from altd_trainer import collator, families, generation
from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.identity import code_digest, digest, model_parts
from altd_trainer.evaluation.items import Item
from altd_trainer.evaluation.reading import Lines, ask


class PlainModel:
    """A model without the pipeline around it.

    Args:
        name: for people.
        directory, adapter: the model; an adapter of None leaves it as it is.
        quantization: `nf4` or `none`.
        batch_size: pictures at once.
        lines: whether the prompt has the lines of the reader or those that are known.
        cache: folder of `KeepingReader`.
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        adapter: Path | None,
        quantization: Quantization,
        *,
        batch_size: int,
        lines: Lines,
        cache: Path,
    ) -> None:
        self.name = name
        self._directory, self._adapter, self._quantization = directory, adapter, quantization
        self._batch_size, self._lines, self._cache = batch_size, lines, cache
        self.digest = digest(
            [
                "plain",
                *model_parts(directory, adapter),
                quantization,
                lines,
                code_digest(generation, collator, families, reader_module),
            ]
        )

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        """The greedy text for each picture."""
        model = load_model(self._directory, self._quantization, adapter=self._adapter, device=best_device())
        processor = families.load_processor(self._directory)
        waiting = iter(items)
        while batch := list(islice(waiting, self._batch_size)):
            yield from self._batch(model, processor, batch)

    def _batch(self, model: Any, processor: Any, items: Sequence[Item]) -> Iterator[Answer]:
        questions = ask(items, self._lines, self._cache)
        texts = generation.answer(model, processor, questions, self._batch_size)
        for question, text in zip(questions, texts, strict=True):
            yield Answer(text, said=text, lines=tuple(question.lines))
