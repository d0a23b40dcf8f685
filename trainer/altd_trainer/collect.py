"""Preference collection where the truth is known: what the model itself gets wrong, under what is true.

Pairs drawn at random mostly name errors that a trained model no longer makes. Here the model describes
pictures that it has not been trained on, and each text with a wrong or an invented fact becomes the
rejected one of a pair, so that stage 2 works where it is needed (on-policy data).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from altd.models.loading import Quantization, best_device, load_model
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.sources import adapter_directory, model_directory
from altd_trainer.data.synthetic import synthetic_examples
from altd_trainer.families import load_processor
from altd_trainer.generation import Question, answer
from altd_trainer.progress import Report
from altd_trainer.synthetic import Facts, generate, score, split_seed

_AT_ONCE = 64


@dataclass(frozen=True)
class CollectRequest:
    """What to ask of which model.

    Attributes:
        model, adapter: as in recipes.
        split: of the drawn pictures.
        start, count: which of them.
        quantization: `nf4`, as it is served, or `none`.
        batch_size: pictures per batch.
    """

    model: str = "bundled"
    adapter: str = "none"
    split: str = "train"
    start: int = 0
    count: int = 1000
    quantization: Quantization = "nf4"
    batch_size: int = 16


def collect(request: CollectRequest, report: Report) -> Iterator[PreferenceExample]:
    """Yield a pair for each picture that the model describes wrongly.

    Raises:
        ValueError: for a split that there is not.
    """
    directory = model_directory(request.model)
    adapter = adapter_directory(request.adapter)
    model = load_model(directory, request.quantization, adapter=adapter, device=best_device())
    processor = load_processor(directory)
    found = 0
    for start in range(request.start, request.start + request.count, _AT_ONCE):
        count = min(_AT_ONCE, request.start + request.count - start)
        for pair in _pairs(model, processor, request, start, count):
            found += 1
            yield pair
        report({"event": "collected", "pairs": found, "of": start + count - request.start})


def is_wrong(facts: Facts, text: str) -> bool:
    """Whether a text misses or misstates a fact, names what is not there or takes over a foreign name."""
    sorts = score(facts, text)
    invented = sorts.pop("invented", (0, 0))[0]
    return invented > 0 or any(right < total for right, total in sorts.values())


def _pairs(
    model: Any, processor: Any, request: CollectRequest, start: int, count: int
) -> Iterator[PreferenceExample]:
    seed = split_seed(request.split)
    samples = [generate(seed, index) for index in range(start, start + count)]
    questions = [Question(sample.image, sample.post, sample.lines) for sample in samples]
    texts = answer(model, processor, questions, request.batch_size)
    examples = synthetic_examples(request.split, start, count)
    for sample, example, text in zip(samples, examples, texts, strict=True):
        if text and is_wrong(sample.facts, text):
            pair = replace(example, chosen=sample.alt, rejected=text, lines=tuple(sample.lines))
            yield replace(pair, id=f"collected-{sample.id}", source="collected")
