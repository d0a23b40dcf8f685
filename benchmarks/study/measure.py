"""What a trained model is worth: its texts against the truth, and how far they follow picture and post."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

from altd.models.loading import load_model
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data.synthetic import synthetic_examples
from altd_trainer.evaluation import Item, ask, open_items
from altd_trainer.families import load_processor
from altd_trainer.generation import answer
from altd_trainer.logprobs import leaf_logps
from altd_trainer.metrics.captions import cider, rouge_l
from altd_trainer.negatives import NegativeConfig, with_rejected_contexts, with_rejected_images
from altd_trainer.synthetic import score

PICTURES = {"validation": 200, "test": 500}
_SWAPPED = 120


@dataclass(frozen=True)
class Measured:
    """Figures of each picture, in the order of the split.

    Attributes:
        scores: name → one number for each picture; None where it does not apply.
        sensitivity: `image` and `context` → nats by which the true text is likelier with the true one
            than with another post's, for each of the first pictures.
        texts: what the model wrote.
    """

    scores: dict[str, list[float | None]]
    sensitivity: dict[str, list[float]]
    texts: list[str]


def measure_model(directory: Path, adapter: Path | None, split: str) -> Measured:
    """Let a model describe the pictures of a split; lines in the picture are given as they are drawn."""
    model, processor = load_model(directory, "none", adapter=adapter), load_processor(directory)
    items = _items(split)
    texts = list(answer(model, processor, ask(items, "truth", Path()), 25))
    return Measured(_scores(items, texts), _sensitivity(model, processor, split), texts)


@cache
def _items(split: str) -> list[Item]:
    return open_items(f"synthetic:{split}", PICTURES[split])


def _scores(items: Sequence[Item], texts: Sequence[str]) -> dict[str, list[float | None]]:
    references = [item.reference for item in items]
    counts = [score(item.facts, text) for item, text in zip(items, texts, strict=True) if item.facts]
    result: dict[str, list[float | None]] = {
        "rouge_l": [round(float(value), 5) for value in rouge_l(texts, references)],
        "cider": [round(float(value), 5) for value in cider(texts, references)],
        "words": [float(len(text.split())) for text in texts],
    }
    for sort in ("object", "colour", "count", "relation", "name", "event", "text", "chart"):
        result[sort] = [_share(each.get(sort)) for each in counts]
    result["invented"] = [float(each.get("invented", (0, 0))[0] > 0) for each in counts]
    result["foreign name"] = [_share(each.get("foreign_name"), wrong=True) for each in counts]
    result["facts"] = [_facts(each) for each in counts]
    return result


def _share(pair: tuple[int, int] | None, *, wrong: bool = False) -> float | None:
    if pair is None:
        return None
    right, total = pair
    return round((total - right if wrong else right) / total, 5)


def _facts(counts: dict[str, tuple[int, int]]) -> float | None:
    """Share of what is to be said that is said rightly; a text that says nothing has none of it."""
    told = [pair for sort, pair in counts.items() if sort not in ("invented", "foreign_name")]
    total = sum(t for _, t in told)
    return round(sum(r for r, _ in told) / total, 5) if total else None


@torch.no_grad()
def _sensitivity(model: Any, processor: Any, split: str) -> dict[str, list[float]]:
    examples = synthetic_examples(split, 0, _SWAPPED)
    swapped = with_rejected_images(with_rejected_contexts(examples, examples, 0), examples, 0)
    collator = DataCollatorForMCMPreference(processor, NegativeConfig(0, "other", 0))
    logps = torch.cat(
        [leaf_logps(model.eval(), collator(swapped[at : at + 4])) for at in range(0, _SWAPPED, 4)]
    )
    true = logps[:, 0, 0, 0]  # [context, image, response]
    return {
        "image": [round(value, 4) for value in (true - logps[:, 0, 1, 0]).tolist()],
        "context": [round(value, 4) for value in (true - logps[:, 1, 0, 0]).tolist()],
    }
