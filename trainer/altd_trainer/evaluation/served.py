"""The daemon's own pipeline on a model: what its user would hear, and as how sure."""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import altd.describe
from altd.describe.job import DescriptionRequest, Job
from altd.describe.pipeline import MODEL_LANGUAGE, Pipeline
from altd.describe.wire import to_message
from altd.engine import backend as backend_module
from altd.engine.backend import TransformersBackend
from altd.engine.backend_rows import Question, Spoken
from altd.engine.protocol import Described
from altd.errors import AltdError
from altd.models.loading import Quantization, best_device
from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.identity import code_digest, digest, model_parts
from altd_trainer.evaluation.items import Item
from altd_trainer.evaluation.reading import KeepingReader


class ServedModel:
    """A model as the daemon serves it: read, recognised or not, described, cleaned, judged.

    Args:
        name: for people.
        directory, adapter: the model; an adapter of None leaves it as it is.
        quantization: `nf4` or `none`.
        cache: folder of `KeepingReader`.
    """

    def __init__(
        self, name: str, directory: Path, adapter: Path | None, quantization: Quantization, *, cache: Path
    ) -> None:
        self.name = name
        self._directory, self._adapter, self._quantization = directory, adapter, quantization
        self._cache = cache
        code = code_digest(altd.describe, backend_module)
        self.digest = digest(["served", *model_parts(directory, adapter), quantization, code])

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        """What the pipeline serves for each picture; one that it refuses is `failed`."""
        overheard = _Overheard(
            self._directory, self._quantization, adapter=self._adapter, device=best_device()
        )
        pipeline = Pipeline(self._directory, overheard, KeepingReader(self._cache), None)
        for item in items:
            overheard.last = None
            try:
                described = pipeline.describe(
                    to_message(Job(item.encoded, DescriptionRequest(item.context))),
                    item.encoded,
                    cancelled=lambda: False,
                    tell=lambda step, text: None,
                )
            except AltdError as error:
                yield Answer("", "failed", error=error.message)
            else:
                yield _answer(described, overheard.last)


class _Overheard(TransformersBackend):
    """The backend, whose last words are kept: the pipeline tells only what it serves of them."""

    last: Spoken | None = None

    def answer(
        self, questions: Sequence[Question], gives_way: Callable[[], bool] = lambda: False
    ) -> list[Spoken | AltdError]:
        answers = super().answer(questions, gives_way)
        self.last = answers[-1] if isinstance(answers[-1], Spoken) else None
        return answers


def _answer(described: Described, spoken: Spoken | None) -> Answer:
    return Answer(
        text=described.text,
        state=described.state,
        confidence=described.confidence,
        said="" if spoken is None else spoken.text,
        probability=None if spoken is None else math.exp(spoken.mean_logp),
        lines=described.lines,
        from_model=described.language == MODEL_LANGUAGE,
    )
