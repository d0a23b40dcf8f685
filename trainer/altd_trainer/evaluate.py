"""How good a model's texts are: word overlap with the true text, and which facts it gets right.

Everything is measured on the texts that the model itself writes, greedily, with the prompt that serving
uses; the lines in the picture come from the real reader unless the truth is asked for.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from altd.describe import reader as reader_module
from altd.describe.clean import clean_line
from altd.describe.prompt import Context
from altd.describe.reader import Reader
from altd.models.loading import Quantization, load_model, load_processor
from altd.paths import private_directory, write_private
from altd_trainer.data.files import read_examples
from altd_trainer.data.images import load_image
from altd_trainer.data.sources import adapter_directory, model_directory
from altd_trainer.generation import Question, answer
from altd_trainer.metrics.bootstrap import Interval, mean_interval, ratio_interval
from altd_trainer.metrics.captions import cider, rouge_l
from altd_trainer.progress import Report
from altd_trainer.synthetic import Facts, generate, score, split_seed

Lines = Literal["reader", "truth"]


@dataclass(frozen=True)
class Item:
    """A picture with the text that is true of it; `facts` where they are known one by one."""

    id: str
    image: Image.Image
    context: Context
    reference: str
    lines: tuple[str, ...]
    facts: Facts | None = None


@dataclass(frozen=True)
class EvaluationRequest:
    """What to evaluate on what.

    Attributes:
        model, adapter: as in recipes; `adapter` may be `none`.
        data: `synthetic:SPLIT` or a JSON Lines file, whose chosen texts are the references.
        limit: how many pictures; 0 takes all of a file.
        quantization: `nf4` or `none`.
        batch_size: pictures per batch.
        lines: `reader` runs the real reader, `truth` takes the lines that are known.
    """

    model: str = "bundled"
    adapter: str = "none"
    data: str = "synthetic:test"
    limit: int = 200
    quantization: Quantization = "nf4"
    batch_size: int = 16
    lines: Lines = "reader"


def evaluate(request: EvaluationRequest, cache: Path, report: Report) -> dict[str, Any]:
    """Run the evaluation.

    Args:
        request: what.
        cache: folder for lines that were read, so that several evaluations read each picture once.
        report: told about progress.

    Returns:
        the request, `metrics` (name → value, low, high, count; 95 % intervals) and the texts.
    """
    model_dir, adapter = model_directory(request.model), adapter_directory(request.adapter)
    items = open_items(request.data, request.limit)
    report({"event": "reading", "pictures": len(items)})
    questions = ask(items, request.lines, cache)
    model = load_model(model_dir, request.quantization, adapter=adapter)
    texts = []
    for text in answer(model, load_processor(model_dir), questions, request.batch_size):
        texts.append(text)
        if len(texts) % (4 * request.batch_size) == 0:
            report({"event": "written", "done": len(texts), "of": len(items)})
    rows = [
        {"id": item.id, "text": text, "reference": item.reference}
        for item, text in zip(items, texts, strict=True)
    ]
    metrics = {name: asdict(interval) for name, interval in measure(items, texts).items()}
    return {"request": asdict(request), "metrics": metrics, "texts": rows}


def open_items(source: str, limit: int) -> list[Item]:
    """Pictures of `synthetic:SPLIT` or of a JSON Lines file of preference examples.

    Raises:
        ValueError: a synthetic set without limit.
    """
    kind, _, split = source.partition(":")
    if kind == "synthetic":
        if limit <= 0:
            raise ValueError("synthetic pictures have no end: say how many with --limit")
        return [_drawn(split_seed(split), index) for index in range(limit)]
    examples = read_examples(Path(source), count=limit)
    return [Item(e.id, load_image(e), e.context, e.chosen, e.lines) for e in examples]


def ask(items: Sequence[Item], lines: Lines, cache: Path) -> list[Question]:
    """The items as questions, with read or with known lines."""
    reader = Reader()
    return [
        Question(
            item.image,
            item.context,
            item.lines if lines == "truth" else read_cached(reader, item.image, cache),
        )
        for item in items
    ]


def read_cached(reader: Reader, image: Image.Image, cache: Path) -> list[str]:
    """The reader's lines of a picture, from `cache` when this reader has seen it before."""
    source = Path(reader_module.__file__).read_bytes()
    name = hashlib.sha256(source + repr(image.size).encode() + image.tobytes()).hexdigest()
    file = cache / f"{name}.json"
    if file.is_file():
        return list(json.loads(file.read_text(encoding="utf-8")))
    lines = [text for line in reader.read(image) if (text := clean_line(line.text))]
    private_directory(cache)
    write_private(file, json.dumps(lines, ensure_ascii=False).encode())
    return lines


def measure(items: Sequence[Item], texts: Sequence[str]) -> dict[str, Interval]:
    """Every figure with its 95 % interval: `rouge_l`, `cider`, `facts`, `facts/<sort>`, …"""
    references = [item.reference for item in items]
    figures = {
        "rouge_l": mean_interval(rouge_l(texts, references)),
        "cider": mean_interval(cider(texts, references)),
    }
    for name, pairs in _fact_counts(items, texts).items():
        right, total = zip(*pairs, strict=True)
        if any(total):
            figures[name] = ratio_interval(right, total)
    return figures


def _fact_counts(items: Sequence[Item], texts: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
    """(right, total) of each picture, by sort of fact.

    The sum `facts` counts what a text says: what it must not say (`invented`, `foreign_name`) an empty
    text would get right as well.
    """
    counts: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for item, text in zip(items, texts, strict=True):
        if item.facts is None:
            continue
        sorts = score(item.facts, text)
        for sort in ("invented", "foreign_name"):
            counts[sort].append(sorts.pop(sort, (0, 0)))
        counts["facts"].append((sum(r for r, _ in sorts.values()), sum(t for _, t in sorts.values())))
        for sort, pair in sorts.items():
            counts[f"facts/{sort}"].append(pair)
    return counts


def _drawn(seed: int, index: int) -> Item:
    sample = generate(seed, index)
    return Item(sample.id, sample.image, sample.post, sample.alt, tuple(sample.lines), sample.facts)
