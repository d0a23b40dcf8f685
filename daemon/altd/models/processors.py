"""Processors that need neither torchvision nor words for numbers: still pictures, prepared with Pillow.

transformers builds the processors of Qwen-VL and SmolVLM only together with one for videos, which wants
torchvision. The pictures' half is the same without.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor
from transformers import AutoConfig, AutoTokenizer, Idefics3Processor, ProcessorMixin
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from altd.models import loading

_TILED = {"smolvlm": SmolVLMImageProcessorPil, "idefics3": Idefics3ImageProcessorPil}


class QwenImageProcessor(ProcessorMixin):  # type: ignore[misc]  # transformers has no types
    """Qwen2.5-VL's and Qwen3-VL's processor for still pictures."""

    return_mm_token_type_ids = True

    def __init__(
        self, image_processor: Any = None, tokenizer: Any = None, chat_template: str | None = None
    ) -> None:
        self.image_token = getattr(tokenizer, "image_token", "<|image_pad|>")
        self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
        super().__init__(image_processor, tokenizer, chat_template=chat_template)

    def replace_image_token(self, image_inputs: Mapping[str, Tensor], image_idx: int, **_: Any) -> str:
        """As many places as the picture has groups of patches."""
        patches = int(image_inputs["image_grid_thw"][image_idx].prod())
        places: str = self.image_token * (patches // self.image_processor.merge_size**2)
        return places


def load_processor(directory: Path) -> Any:
    """The processor of a model directory of any family."""
    config = AutoConfig.from_pretrained(directory, local_files_only=True)
    if config.model_type in ("qwen2_5_vl", "qwen3_vl"):
        tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
        images = Qwen2VLImageProcessorPil.from_pretrained(directory, local_files_only=True)
        return QwenImageProcessor(images, tokenizer, chat_template=_template(directory, tokenizer))
    if config.model_type in _TILED:
        tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True)
        images = _TILED[config.model_type].from_pretrained(directory, local_files_only=True)
        patches = (config.vision_config.image_size // config.vision_config.patch_size) ** 2
        return Idefics3Processor(
            images,
            tokenizer,
            image_seq_len=patches // config.scale_factor**2,
            chat_template=_template(directory, tokenizer),
        )
    return loading.load_processor(directory)


def without_marks(tokenizer: Any, text: str) -> str:
    """A text in which every special token's spelling is broken by a space, so that it is read as letters.

    The prompt takes out what marks a turn in the families altd knows (`altd.describe.prompt`); this holds for
    whatever else a tokenizer calls special, such as Mistral's `[INST]`.
    """
    special = {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    for mark in sorted(special, key=len, reverse=True):
        text = text.replace(mark, f"{mark[0]} {mark[1:]}" if len(mark) > 1 else " ")
    return text


def _template(directory: Path, tokenizer: Any) -> str | None:
    """The conversation's format: the tokenizer's own, or in the file of older models."""
    older = directory / "chat_template.json"
    if tokenizer.chat_template is None and older.is_file():
        return str(json.loads(older.read_text(encoding="utf-8"))["chat_template"])
    return tokenizer.chat_template  # type: ignore[no-any-return]


def chat_prompt(processor: Any, question: str) -> str | None:
    """A question in the model's own chat form, with one placeholder for the picture.

    None for LLaVA and for a model without a form of its own: both are asked in the released wording.
    """
    if not processor.chat_template or type(processor).__name__ == "LlavaProcessor":
        return None
    content = [{"type": "image"}, {"type": "text", "text": without_marks(processor.tokenizer, question)}]
    text: str = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True, tokenize=False
    )
    return text
