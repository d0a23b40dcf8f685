"""Tiny LLaVA models with random weights in the hub's layout, and LoRA adapters for them.

What they say is nonsense; everything around the model is real. `build_model` knows a few words, hostile
ones among them, and is quick to make: it serves. `build_learner` spells any text: it is trained.

Run as a program (`python tiny_model.py DIRECTORY`), it writes what a served model has, since this module
imports torch, which the tests of the server and the command line do without.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from tokenizers.processors import TemplateProcessing
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

from altd.describe.prompt import INSTRUCTION, render_context
from altd.models.architecture import ConvTowerConfig
from altd_trainer.data import synthetic_contexts
from tiny_generation import OTHER, copy_adapter, tiny_manifest

PATCH = 16
"""Pixels on a side that become one image token, in every tower below."""

WORDS = tuple(
    "a red green blue round square dog boat above below poster sky two three small large beside tree".split()
)
HOSTILE = ("http://evil.example/x", "\u202egnp", "<script>", "\x1b[31m", "www.evil.example", "\u200bhidden")
"""What a model must never bring into a page; this one says such things now and then."""

SENTENCES = [
    f"USER: {INSTRUCTION}\nContext:\nText in the image:\n ASSISTANT:",
    "A red apple to the left of two blue cups.",
    "A green circle above a yellow square, at the harbour fair.",
    "Three brown dogs on a white table. A picture of a thing.",
]


def build_model(directory: Path, *, seed: int = 0, intermediate_size: int = 128) -> Path:
    """Write a model that knows a few words; 64 px pictures, 16 image tokens."""
    tower = CLIPVisionConfig(
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=64,
        patch_size=PATCH,
        projection_dim=64,
        initializer_range=0.3,
    )
    text = {
        "intermediate_size": intermediate_size,
        "num_attention_heads": 2,
        "max_position_embeddings": 4096,
        "initializer_range": 0.3,  # large, so that picture and prompt change what it says
    }
    return _save(directory, _word_tokenizer(), tower, text, seed=seed, do_center_crop=False)


def build_learner(directory: Path, tower: str = "conv") -> Path:
    """Write a model that can learn any text; `tower` is `conv` (the bundled model's) or `clip`; 32 px."""
    text = {"intermediate_size": 128, "num_attention_heads": 4, "max_position_embeddings": 512}
    return _save(directory, _byte_tokenizer(), _small_tower(tower), text, seed=0, do_pad=True)


def build_adapter(model_directory: Path, directory: Path, *, seed: int = 1, scale: float = 0.5) -> Path:
    """Write a LoRA adapter whose weights are large enough to change what the model says."""
    model = LlavaForConditionalGeneration.from_pretrained(model_directory)
    config = LoraConfig(r=4, target_modules=r".*language_model.*\.(q_proj|v_proj|down_proj)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of transformers, about what PEFT asks it
        adapted = get_peft_model(model, config)
    torch.manual_seed(seed)
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter.data).mul_(scale)
    adapted.save_pretrained(directory)
    return directory


def build_served(directory: Path) -> None:
    """Write a model, its first generation into `adapter/`, and a second adapter beside it."""
    build_model(directory)
    build_adapter(directory, directory / "adapter")
    tiny_manifest(directory).write(directory / "adapter")
    built = build_adapter(directory, directory.parent / "built", seed=2)
    copy_adapter(built, directory.parent / OTHER)


def _save(
    directory: Path,
    tokenizer: PreTrainedTokenizerFast,
    tower: CLIPVisionConfig | ConvTowerConfig,
    text: dict[str, Any],
    *,
    seed: int,
    **picture: Any,
) -> Path:
    """Write a model of two language layers; a CLIP tower has a class token, which is left out."""
    has_class_token = isinstance(tower, CLIPVisionConfig)
    ends = {
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    config = LlavaConfig(
        vision_config=tower,
        text_config=LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=64,
            num_hidden_layers=2,
            num_key_value_heads=2,
            **ends,
            **text,
        ),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=(tower.image_size // PATCH) ** 2,
        vision_feature_layer=-2 if has_class_token else -1,
        vision_feature_select_strategy="default" if has_class_token else "full",
    )
    torch.manual_seed(seed)
    model = LlavaForConditionalGeneration(config)
    model.generation_config = GenerationConfig(**ends)
    model.save_pretrained(directory)
    size = {"height": tower.image_size, "width": tower.image_size}
    LlavaProcessor(
        image_processor=LlavaImageProcessorPil(size=size, crop_size=size, **picture),
        tokenizer=tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy=config.vision_feature_select_strategy,
        num_additional_image_tokens=int(has_class_token),
    ).save_pretrained(directory)
    # random weights babble; whether a text goes round in circles is not what these models are for
    (directory / "calibration.json").write_text('{"max_repeats": 1000}')
    return directory


def _small_tower(kind: str) -> CLIPVisionConfig | ConvTowerConfig:
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
        patch_size=PATCH,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
    )


def _word_tokenizer() -> PreTrainedTokenizerFast:
    special = ("<pad>", "<s>", "</s>", "<unk>", "<image>")
    vocabulary = {token: index for index, token in enumerate((*special, *WORDS, *HOSTILE))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return _with_specials(tokenizer, pad="<pad>")


def _byte_tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level, trained on a few sentences."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=800,
        special_tokens=["<unk>", "<s>", "</s>", "<image>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    posts = [render_context(post) for post in synthetic_contexts("train", 0, 60)]
    tokenizer.train_from_iterator(SENTENCES * 5 + posts, trainer)
    return _with_specials(tokenizer, pad="<unk>")


def _with_specials(tokenizer: Tokenizer, pad: str) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=pad,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=["<image>"],
    )


if __name__ == "__main__":
    build_served(Path(sys.argv[1]))
