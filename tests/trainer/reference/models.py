"""The tiny model with an adapter, and a collator for it."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model

from altd.models.loading import load_model, load_processor
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.negatives import NegativeConfig


def lora_model(model_dir: Path, seed: int = 1, std: float = 0.05, alpha: int = 8) -> Any:
    """In evaluation mode; `std` 0 is a fresh adapter, which changes nothing."""
    torch.manual_seed(seed)
    lora = LoraConfig(r=4, lora_alpha=alpha, target_modules=["q_proj", "v_proj"])
    model = get_peft_model(load_model(model_dir, "none"), lora)
    for name, parameter in model.named_parameters():
        if ".lora_B." in name:
            torch.nn.init.normal_(parameter, std=std)
    return model.eval()


def collator_of(model_dir: Path, **changes: Any) -> DataCollatorForMCMPreference:
    """The collator with its settings as given."""
    return DataCollatorForMCMPreference(
        **{"processor": load_processor(model_dir), "negatives": NegativeConfig()} | changes
    )
