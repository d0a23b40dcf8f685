"""A tiny LLaVA with random weights in the hub's layout, and a few drawn examples."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageDraw
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil

from altd.describe.prompt import INSTRUCTION, Context, render_context
from altd.models.architecture import ConvTowerConfig
from altd.models.loading import load_model, load_processor
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data import PreferenceExample, synthetic_contexts, synthetic_examples
from altd_trainer.logprobs import leaf_logps
from altd_trainer.negatives import NegativeConfig, with_rejected_contexts

SENTENCES = [
    f"USER: {INSTRUCTION}\nContext:\nText in the image:\n ASSISTANT:",
    "A red apple to the left of two blue cups.",
    "A green circle above a yellow square, at the harbour fair.",
    "Three brown dogs on a white table. A picture of a thing.",
]
SPECIAL = ["<unk>", "<s>", "</s>", "<image>"]


def pytest_configure(config: pytest.Config) -> None:
    """peft still asks transformers by a name that transformers has deprecated."""
    config.addinivalue_line(
        "filterwarnings", "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"
    )


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level tokenizer trained on a few sentences."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=800, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    posts = [render_context(post) for post in synthetic_contexts("train", 0, 60)]
    tokenizer.train_from_iterator(SENTENCES * 5 + posts, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<unk>"
    )
    fast.add_special_tokens({"additional_special_tokens": ["<image>"]})
    return fast


def vision_config(kind: str) -> ConvTowerConfig | CLIPVisionConfig:
    if kind == "conv":
        return ConvTowerConfig(
            image_size=32,
            widths=[8, 8, 16, 32],
            blocks=[0, 0, 1, 0],
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
        )
    return CLIPVisionConfig(
        image_size=32,
        patch_size=16,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
    )


def save_model(directory: Path, kind: str = "conv") -> Path:
    """Write a model of 2 language layers; `kind` is the vision tower, `conv` or `clip`."""
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny_tokenizer()
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    config = LlavaConfig(
        vision_config=vision_config(kind),
        text_config=text,
        image_token_index=SPECIAL.index("<image>"),
        image_seq_length=4,
        vision_feature_layer=-1 if kind == "conv" else -2,
        vision_feature_select_strategy="full" if kind == "conv" else "default",
    )
    torch.manual_seed(0)
    model = LlavaForConditionalGeneration(config)
    model.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=2, pad_token_id=0)
    model.save_pretrained(directory)
    size = {"height": 32, "width": 32}
    LlavaProcessor(
        image_processor=LlavaImageProcessorPil(do_pad=True, size=size, crop_size=size),
        tokenizer=tokenizer,
        patch_size=16,
        vision_feature_select_strategy=config.vision_feature_select_strategy,
        num_additional_image_tokens=0 if kind == "conv" else 1,
    ).save_pretrained(directory)
    return directory


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with the bundled model's kind of vision tower."""
    return save_model(tmp_path_factory.mktemp("model") / "tiny")


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
