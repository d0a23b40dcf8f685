"""A tiny model of each family that can be trained, with random weights, in the hub's layout.

Two language layers, a tower of two or three, a byte-level vocabulary of some hundred tokens trained on
the spot, and the family's own way to cut pictures into tokens.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoConfig,
    AutoModelForImageTextToText,
    Idefics3Processor,
    LlavaNextProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.llava_next.image_processing_pil_llava_next import LlavaNextImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from altd.describe.prompt import INSTRUCTION
from altd_trainer.families import QwenImageProcessor
from tiny_model import build_learner

FAMILIES = ("llava", "llava_next", "qwen2_5_vl", "qwen3_vl", "smolvlm", "idefics3")

_TURNS = """{% for message in messages %}{{ start }}{{ message['role'] }}
{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE{% else %}{{ part['text'] }}\
{% endif %}{% endfor %}</s>
{% endfor %}{% if add_generation_prompt %}assistant
{% endif %}"""
_QWEN_IMAGE = "<|vision_start|><|image_pad|><|vision_end|>"
_SPECIAL = {
    "qwen": ["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"],
    "idefics": ["<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>"]
    + [f"<row_{row}_col_{column}>" for row in (1, 2) for column in (1, 2)],
    "llava": ["<image>"],
}
_TEXT: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 1024,
    "initializer_range": 0.1,  # large, so that picture and prompt change what is said
}
_TOWER: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3}


def build_family(name: str, directory: Path) -> Path:
    """Write the tiny model of a family and its processor."""
    if name == "llava":
        return build_learner(directory, "clip")
    tokenizer = _tokenizer(_SPECIAL["qwen" if "qwen" in name else "llava" if "llava" in name else "idefics"])
    ends = {"bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": 0}
    config = _CONFIGS[name](tokenizer, {**_TEXT, **ends, "vocab_size": len(tokenizer)})
    torch.manual_seed(0)
    model = AutoModelForImageTextToText.from_config(AutoConfig.for_model(name, **config))
    model.save_pretrained(directory)
    _PROCESSORS[name](tokenizer).save_pretrained(directory)
    return directory


def _llava_next(tokenizer: PreTrainedTokenizerFast, text: dict[str, Any]) -> dict[str, Any]:
    return {
        "text_config": {"model_type": "mistral", "sliding_window": None, **text},
        "vision_config": {
            "model_type": "clip_vision_model",
            "image_size": 16,
            "patch_size": 4,
            "num_attention_heads": 2,
            **_TOWER,
        },
        "image_token_index": tokenizer.convert_tokens_to_ids("<image>"),
        "image_grid_pinpoints": [[16, 32], [32, 16], [32, 32]],
        "image_seq_length": 16,
        "vision_feature_layer": -2,
        "vision_feature_select_strategy": "default",
    }


def _qwen(tokenizer: PreTrainedTokenizerFast, text: dict[str, Any], vision: dict[str, Any]) -> dict[str, Any]:
    special = {
        f"{name}_token_id": tokenizer.convert_tokens_to_ids(f"<|{token}|>")
        for name, token in (
            ("image", "image_pad"),
            ("video", "video_pad"),
            ("vision_start", "vision_start"),
            ("vision_end", "vision_end"),
        )
    }
    return {
        "text_config": text,
        "vision_config": {
            "depth": 3,
            "hidden_size": 32,
            "intermediate_size": 48,
            "num_heads": 2,
            "patch_size": 4,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "out_hidden_size": text["hidden_size"],
            **vision,
        },
        **special,
    }


def _qwen2_5_vl(tokenizer: PreTrainedTokenizerFast, text: dict[str, Any]) -> dict[str, Any]:
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]}
    return _qwen(
        tokenizer, {**text, "rope_parameters": rope}, {"window_size": 16, "fullatt_block_indexes": [1]}
    )


def _qwen3_vl(tokenizer: PreTrainedTokenizerFast, text: dict[str, Any]) -> dict[str, Any]:
    rope = {
        "rope_type": "default",
        "rope_theta": 1e4,
        "mrope_section": [4, 2, 2],
        "mrope_interleaved": True,
    }
    vision = {"num_position_embeddings": 64, "deepstack_visual_indexes": [0, 1]}
    return _qwen(tokenizer, {**text, "head_dim": 16, "rope_parameters": rope}, vision)


def _idefics(tokenizer: PreTrainedTokenizerFast, text: dict[str, Any]) -> dict[str, Any]:
    return {
        "text_config": {"model_type": "llama", **text},
        "vision_config": {"image_size": 16, "patch_size": 4, "num_attention_heads": 2, **_TOWER},
        "image_token_id": tokenizer.convert_tokens_to_ids("<image>"),
        "scale_factor": 2,
    }


_CONFIGS = {
    "llava_next": _llava_next,
    "qwen2_5_vl": _qwen2_5_vl,
    "qwen3_vl": _qwen3_vl,
    "smolvlm": _idefics,
    "idefics3": _idefics,
}


def _llava_next_processor(tokenizer: PreTrainedTokenizerFast) -> LlavaNextProcessor:
    images = LlavaNextImageProcessorPil(
        size={"shortest_edge": 16},
        crop_size={"height": 16, "width": 16},
        image_grid_pinpoints=[[16, 32], [32, 16], [32, 32]],
    )
    return LlavaNextProcessor(
        images,
        tokenizer,
        patch_size=4,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_TURNS.replace("IMAGE", "<image>\n"),
    )


def _qwen_processor(tokenizer: PreTrainedTokenizerFast) -> QwenImageProcessor:
    images = Qwen2VLImageProcessorPil(
        patch_size=4, merge_size=2, size={"shortest_edge": 64, "longest_edge": 1024}
    )
    return QwenImageProcessor(images, tokenizer, chat_template=_TURNS.replace("IMAGE", _QWEN_IMAGE))


def _tiled(kind: type) -> Any:
    def build(tokenizer: PreTrainedTokenizerFast) -> Idefics3Processor:
        images = kind(size={"longest_edge": 32}, max_image_size={"longest_edge": 16})
        return Idefics3Processor(
            images, tokenizer, image_seq_len=4, chat_template=_TURNS.replace("IMAGE", "<image>")
        )

    return build


_PROCESSORS = {
    "llava_next": _llava_next_processor,
    "qwen2_5_vl": _qwen_processor,
    "qwen3_vl": _qwen_processor,
    "smolvlm": _tiled(SmolVLMImageProcessorPil),
    "idefics3": _tiled(Idefics3ImageProcessorPil),
}


def _tokenizer(special: list[str]) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<unk>", "</s>", *special],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([INSTRUCTION, "A picture of a thing at the harbour fair."] * 9, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        pad_token="<unk>",
        eos_token="</s>",
        additional_special_tokens=special,
    )
