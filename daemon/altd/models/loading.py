"""Loading a vision-language model from a directory in the hub's layout, in 4 bits or in full.

Safetensors only, never code from the directory, never the network.
"""

from pathlib import Path
from typing import Any, Literal

import torch
from transformers import (
    AutoConfig,
    AutoModelForImageTextToText,
    AutoProcessor,
    BitsAndBytesConfig,
    LlavaProcessor,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil

from altd.models import architecture

Quantization = Literal["nf4", "none"]

# Full paths: the matcher works from the start of a module's path, and a list of ours replaces the
# automatic exception for lm_head. The vision side is small and sensitive, so it stays as it is.
# LLaVA's names first, then Qwen-VL's, then those of Idefics3 and SmolVLM.
_NOT_IN_4_BIT = [
    "lm_head",
    *("model.vision_tower", "model.multi_modal_projector"),
    "model.visual",
    *("model.vision_model", "model.connector"),
]


def best_device() -> str:
    """`cuda` where torch can compute there, else `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def load_model(
    directory: Path,
    quantization: Quantization = "nf4",
    *,
    adapter: Path | None = None,
    trainable: bool = False,
    device: str = "cpu",
) -> Any:
    """The model in evaluation mode, with the LoRA adapter of `adapter` unmerged on top of it.

    `trainable` keeps that adapter's weights trainable. The result is a `PreTrainedModel`, or a
    `peft.PeftModel` when there is an adapter.
    """
    on_cpu = torch.device(device).type == "cpu"
    options: dict[str, Any] = {"dtype": torch.float32 if on_cpu else torch.bfloat16}
    if quantization == "nf4":
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=options["dtype"],
            llm_int8_skip_modules=_NOT_IN_4_BIT,
        )
    model = AutoModelForImageTextToText.from_pretrained(
        directory, device_map={"": device}, use_safetensors=True, local_files_only=True, **options
    )
    if trainable:
        keep_trainable(model)
    if adapter is not None:
        model = _with_adapter(model, adapter, trainable)
    return model.eval()


def load_processor(directory: Path) -> LlavaProcessor:
    """Tokenizer and image processor; the PIL image processor where torchvision is not installed."""
    config = AutoConfig.from_pretrained(directory, local_files_only=True)
    if config.vision_config.model_type != architecture.ConvTowerConfig.model_type:
        return AutoProcessor.from_pretrained(directory, local_files_only=True)
    return LlavaProcessor(
        image_processor=LlavaImageProcessorPil.from_pretrained(directory, local_files_only=True),
        tokenizer=PreTrainedTokenizerFast.from_pretrained(directory, local_files_only=True),
        patch_size=config.vision_config.patch_size,
        vision_feature_select_strategy=config.vision_feature_select_strategy,
    )


def keep_trainable(model: PreTrainedModel) -> None:
    """Stop bitsandbytes from repacking 4-bit weights for inference on CPUs with AVX512-BF16.

    The repacked form has no gradient, and nothing turns it back: one evaluation would silently end training.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def _with_adapter(model: PreTrainedModel, adapter: Path, trainable: bool) -> Any:
    from peft import PeftModel  # 0.4 s, and only where there is an adapter

    if not (adapter / "adapter_model.safetensors").is_file():
        raise FileNotFoundError(f"{adapter.name} has no adapter_model.safetensors")
    return PeftModel.from_pretrained(
        model, adapter, is_trainable=trainable, local_files_only=True, autocast_adapter_dtype=False
    )
