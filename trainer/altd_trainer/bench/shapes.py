"""The models that are measured: the bundled one, and larger shapes with random weights.

A step's time and memory do not depend on what the weights say, so the shapes are built from their
configurations: as many image tokens as the model they stand for, hidden sizes that two cores can carry.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import (
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
)
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil

from altd.models.catalogue import BUNDLED
from altd.models.loading import load_processor
from altd_trainer.data.sources import model_directory


@dataclass(frozen=True)
class Shape:
    """A LLaVA of CLIP and Llama, and the lengths of its examples in tokens.

    Attributes:
        context, response: tokens of each.
        text, vision: fields of `LlamaConfig` and `CLIPVisionConfig`.
    """

    stands_for: str
    context: int = 60
    response: int = 25
    image_size: int = 336
    patch_size: int = 14
    text: dict[str, Any] = field(default_factory=dict)
    vision: dict[str, Any] = field(default_factory=dict)

    @property
    def image_tokens(self) -> int:
        """Places that one picture takes in a row."""
        return (self.image_size // self.patch_size) ** 2


_TEXT = {
    "vocab_size": 32000,
    "hidden_size": 512,
    "intermediate_size": 1376,
    "num_hidden_layers": 8,
    "num_attention_heads": 8,
    "num_key_value_heads": 8,
    "max_position_embeddings": 4096,
}
_VISION = {
    "hidden_size": 192,
    "intermediate_size": 768,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
}
SHAPES = {
    "bundled": Shape("the bundled model as it is", context=40, image_size=128, patch_size=16),
    "576": Shape("LLaVA-1.5: 576 image tokens", text=_TEXT, vision=_VISION),
    "64": Shape("SmolVLM: 64 image tokens", image_size=128, patch_size=16, text=_TEXT, vision=_VISION),
}


def prepare(name: str, folder: Path) -> Path:
    """The directory of a shape's model; one with random weights is written to `folder`."""
    bundled = model_directory(BUNDLED)
    if name == "bundled":
        return bundled
    shape, tokenizer = SHAPES[name], load_processor(bundled).tokenizer
    vision = CLIPVisionConfig(image_size=shape.image_size, patch_size=shape.patch_size, **shape.vision)
    config = LlavaConfig(
        vision_config=vision,
        text_config=LlamaConfig(
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
            **shape.text,
        ),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=shape.image_tokens,
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
    )
    torch.manual_seed(0)
    directory = folder / name
    LlavaForConditionalGeneration(config).save_pretrained(directory)
    size = {"height": shape.image_size, "width": shape.image_size}
    LlavaProcessor(
        image_processor=LlavaImageProcessorPil(size=size, crop_size=size, do_pad=True),
        tokenizer=tokenizer,
        patch_size=shape.patch_size,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    ).save_pretrained(directory)
    return directory
