"""Starting models and the pairs that they get wrong, each made once and kept."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import yaml

from altd.models.loading import load_model
from altd_trainer.collect import CollectRequest, collect
from altd_trainer.data.files import read_examples, write_examples
from altd_trainer.data.images import load_image
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.sources import model_directory
from altd_trainer.families import load_processor
from altd_trainer.generation import Question, answer
from altd_trainer.pretrain import main_from_recipe
from altd_trainer.progress import Report
from altd_trainer.synthetic import generate, score, split_seed
from study.plan import Start

_FIRST_CAPTION = 400_000  # of the train split: neither stage of the bundled model has seen these
_FIRST_PAIR = 450_000
_MOST_PICTURES = 100_000
_BETTER_WRITER = Start(noise=0.5)


def start_model(start: Start, folder: Path) -> Path:
    """The directory of a starting model, trained if it is not there yet."""
    output = folder / start.name
    if not (output / "model" / "config.json").is_file():
        recipe = {
            "output": str(output),
            "start": str(model_directory("bundled")),
            "train_tower": start.vision_encoder == "trained",
            "first_picture": _FIRST_CAPTION,
            "pictures": start.pictures,
            "noise": start.noise,
            "validation": 64,
            "training": {"learning_rate": 3e-4, "warmup_steps": 20, "eval_strategy": "no", "use_cpu": True},
        }
        output.mkdir(parents=True, exist_ok=True)
        file = output / "recipe.yaml"
        file.write_text(yaml.safe_dump(recipe), encoding="utf-8")
        main_from_recipe(file)
    return output / "model"


def pairs(start: Start, count: int, folder: Path, report: Report) -> list[PreferenceExample]:
    """The first `count` pairs of the true text over what the starting model said wrongly."""
    file = folder / start.name / f"pairs-{count}.jsonl"
    if not file.is_file():
        request = CollectRequest(
            model=str(start_model(start, folder)),
            start=_FIRST_PAIR,
            count=_MOST_PICTURES,
            quantization="none",
            batch_size=32,
        )
        unfinished = file.with_suffix(".part.jsonl")
        write_examples(islice(collect(request, report), count), unfinished)
        unfinished.rename(file)
    return read_examples(file)


def better_pairs(start: Start, count: int, folder: Path, report: Report) -> list[PreferenceExample]:
    """Pairs on the same pictures, whose chosen text is another model's: better than the rejected, not right.

    Raises:
        ValueError: the pictures do not have that many.
    """
    file = folder / start.name / f"better-{count}.jsonl"
    if not file.is_file():
        examples = pairs(start, 6 * count, folder, report)
        texts = _written(start_model(_BETTER_WRITER, folder), examples)
        better = [
            replace(example, chosen=text)
            for example, text in zip(examples, texts, strict=True)
            if _right(example, str(example.rejected)) < _right(example, text) < 1
        ]
        if len(better) < count:
            raise ValueError(f"only {len(better)} texts are better, and not right")
        write_examples(better[:count], file)
    return read_examples(file)


def _written(model: Path, examples: Sequence[PreferenceExample]) -> list[str]:
    questions = [Question(load_image(example), example.context, example.lines) for example in examples]
    return list(answer(load_model(model, "none"), load_processor(model), questions, 32))


def _right(example: PreferenceExample, text: str) -> float:
    """Share of what is to be said that is said rightly; each invented object takes one away."""
    index = int(example.id.rsplit("-", 1)[1])
    sorts = score(generate(split_seed("train"), index).facts, text)
    invented = sorts.pop("invented", (0, 0))[0]
    right, total = (sum(counts) for counts in zip(*sorts.values(), strict=True))
    return (right - invented) / total
