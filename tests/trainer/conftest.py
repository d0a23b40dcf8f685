"""The tiny model that learns, and a few drawn examples."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw

from altd.describe.prompt import Context
from altd.models.loading import load_model, load_processor
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data import PreferenceExample, synthetic_examples
from altd_trainer.logprobs import leaf_logps
from altd_trainer.negatives import NegativeConfig, with_rejected_contexts
from tiny_model import build_learner


def pytest_configure(config: pytest.Config) -> None:
    """peft still asks transformers by a name that transformers has deprecated."""
    config.addinivalue_line(
        "filterwarnings", "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"
    )


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with the bundled model's kind of vision tower."""
    return build_learner(tmp_path_factory.mktemp("model") / "tiny")


def draw(colour: str, shape: str) -> Image.Image:
    image = Image.new("RGB", (48, 36), "white")
    getattr(ImageDraw.Draw(image), shape)((8, 6, 36, 30), fill=colour)
    return image


@pytest.fixture(scope="session")
def speaking_model_dir(model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model after it has learned one sentence, which it says of every picture."""
    directory = tmp_path_factory.mktemp("speaking") / "tiny"
    model, processor = load_model(model_dir, "none"), load_processor(model_dir)
    collator = DataCollatorForMCMPreference(processor, NegativeConfig())
    said = [replace(example, chosen=THING, rejected=None) for example in synthetic_examples("train", 0, 4)]
    batch = collator(with_rejected_contexts(said, POOL, 0))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(45):
        loss = -leaf_logps(model, batch)[..., 0].mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert loss.item() < 1
    shutil.copytree(model_dir, directory)
    model.save_pretrained(directory)
    return directory


THING = "A picture of a thing."
POOL = [
    Context(site="x", text="Our train left before the coffee did."),
    Context(site="pinterest", title="Shelf ideas", text="Ten shelves for small rooms."),
    Context(site="x", author="Ines", text="New shoes, old roads."),
]


@pytest.fixture(scope="session")
def pool() -> list[Context]:
    """Contexts of other posts."""
    return POOL


@pytest.fixture
def make_examples() -> Callable[[int], list[PreferenceExample]]:
    """`make_examples(n)`: n drawn examples; the third of every three has no rejected text."""

    def make(count: int) -> list[PreferenceExample]:
        colours, shapes = ["red", "green", "blue", "black"], ["ellipse", "rectangle"]
        return [
            PreferenceExample(
                id=f"e{index}",
                image=draw(colours[index % 4], shapes[index % 2]),
                context=Context(site="x", text=f"Picture {index} from the harbour fair"),
                chosen=f"A {colours[index % 4]} {shapes[index % 2]} at the harbour fair.",
                rejected=None if index % 3 == 2 else THING,
                lines=("OPEN",) if index % 2 else (),
                rejected_context=POOL[index % len(POOL)],
            )
            for index in range(count)
        ]

    return make
