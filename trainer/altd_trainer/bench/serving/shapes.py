"""Models of real shape with random weights.

How long a model takes does not depend on what its weights say, only on how many tokens it says. So that
answers are as long as those of a trained model, and of different lengths, every sixteenth token of the
vocabulary ends one.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import (
    AutoConfig,
    AutoModelForImageTextToText,
    GenerationConfig,
    Idefics3Processor,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from altd.describe.prompt import PROMPT_VERSION
from altd.models.catalogue import BUNDLED_MODEL
from altd.models.fit import weights_digest
from altd.models.manifest import Manifest

_ENDS_EVERY = 16
_ADAPTER = "adapter"
_TURNS = (
    "{% for message in messages %}{{ message['role'] }}:"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A model to build.

    Attributes:
        family: its `model_type`.
        config: what its `config.json` says beside tokens.
        special: tokens that its processor needs.
        processor: from its tokenizer.
    """

    family: str
    config: dict[str, Any]
    special: tuple[str, ...]
    processor: Callable[[PreTrainedTokenizerFast], Any]

    def shallow(self, layers: int) -> Shape:
        """The same with fewer layers in the language model and in the tower: what a quick test can carry."""
        parts = {
            name: {**self.config[name], "num_hidden_layers": layers}
            for name in ("text_config", "vision_config")
        }
        return Shape(self.family, {**self.config, **parts}, self.special, self.processor)


def _tiles(tokenizer: PreTrainedTokenizerFast) -> Any:
    """SmolVLM's processor with one view of 512 pixels, as its authors recommend where speed counts."""
    images = SmolVLMImageProcessorPil(
        size={"longest_edge": 512}, max_image_size={"longest_edge": 512}, do_image_splitting=False
    )
    return Idefics3Processor(images, tokenizer, image_seq_len=64, chat_template=_TURNS)


def _square(tokenizer: PreTrainedTokenizerFast) -> Any:
    size = {"height": 336, "width": 336}
    return LlavaProcessor(
        image_processor=LlavaImageProcessorPil(size=size, crop_size=size, do_pad=True),
        tokenizer=tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )


SHAPES = {
    "smolvlm-256m": Shape(
        family="smolvlm",
        config={
            "text_config": {
                "model_type": "llama",
                "hidden_size": 576,
                "intermediate_size": 1536,
                "num_hidden_layers": 30,
                "num_attention_heads": 9,
                "num_key_value_heads": 3,
                "head_dim": 64,
                "vocab_size": 49280,
                "max_position_embeddings": 8192,
            },
            "vision_config": {
                "hidden_size": 768,
                "intermediate_size": 3072,
                "num_hidden_layers": 12,
                "num_attention_heads": 12,
                "image_size": 512,
                "patch_size": 16,
            },
            "scale_factor": 4,
            "tie_word_embeddings": False,
        },
        special=("<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"),
        processor=_tiles,
    ),
    "llava-0.5b": Shape(
        family="llava",
        config={
            "text_config": {
                "model_type": "llama",
                "hidden_size": 896,
                "intermediate_size": 4864,
                "num_hidden_layers": 24,
                "num_attention_heads": 14,
                "num_key_value_heads": 2,
                "head_dim": 64,
                "vocab_size": 32064,
                "max_position_embeddings": 4096,
            },
            "vision_config": {
                "model_type": "clip_vision_model",
                "hidden_size": 768,
                "intermediate_size": 3072,
                "num_hidden_layers": 12,
                "num_attention_heads": 12,
                "image_size": 336,
                "patch_size": 14,
                "projection_dim": 768,
            },
            "image_seq_length": 576,
            "vision_feature_layer": -2,
            "vision_feature_select_strategy": "default",
            "tie_word_embeddings": False,
        },
        special=("<image>",),
        processor=_square,
    ),
}


def build(shape: Shape, directory: Path) -> Path:
    """Write a model with its processor, and `adapter/`, its first generation."""
    size = shape.config["text_config"]["vocab_size"]
    tokenizer = _tokenizer(shape.special, size)
    ids = {"bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": 0}
    image = tokenizer.convert_tokens_to_ids("<image>")
    named = {"image_token_index" if shape.family == "llava" else "image_token_id": image}
    text = {**shape.config["text_config"], **ids}
    config = AutoConfig.for_model(shape.family, **{**shape.config, "text_config": text}, **named)
    torch.manual_seed(0)
    model = AutoModelForImageTextToText.from_config(config, dtype=torch.bfloat16)
    ends = list(range(tokenizer.eos_token_id, size, _ENDS_EVERY))
    model.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=0)
    model.save_pretrained(directory)
    shape.processor(tokenizer).save_pretrained(directory)
    _write_adapter(model, directory)
    return directory


def _tokenizer(special: tuple[str, ...], size: int) -> PreTrainedTokenizerFast:
    """The bundled model's tokenizer, with words that it never cuts a text into up to `size`."""
    parts = json.loads((BUNDLED_MODEL.directory / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = parts["model"]["vocab"]
    taken = max([*vocabulary.values(), *(token["id"] for token in parts["added_tokens"])]) + 1
    fillers = range(taken, size - len(special))
    vocabulary |= {f"Ġword{number}": number for number in fillers}
    known = PreTrainedTokenizerFast.from_pretrained(BUNDLED_MODEL.directory)
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(parts)),
        eos_token=known.eos_token,
        pad_token=known.pad_token,
        additional_special_tokens=list(special),
        extra_special_tokens={"image_token": "<image>"},
    )


def _write_adapter(model: Any, directory: Path) -> None:
    """A LoRA adapter of the size that retraining makes, which changes what the model says."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=8, target_modules=r".*(language_model|text_model).*\.(q_proj|v_proj)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of transformers, about what PEFT asks it
        adapted = get_peft_model(model, config)
    torch.manual_seed(1)
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.02)
    with tempfile.TemporaryDirectory() as folder:
        adapted.save_pretrained(folder)
        target = directory / _ADAPTER
        target.mkdir()
        for name in ("adapter_model.safetensors", "adapter_config.json"):
            (Path(folder) / name).replace(target / name)
    Manifest(
        generation="",
        parent=None,
        base={"name": directory.name, "sha256": weights_digest(directory)},
        created_at="2026-01-01T00:00:00+00:00",
        prompt_version=PROMPT_VERSION,
        origin="bundled",
    ).write(target)
