"""Short runs of stage 2 on the tiny model, for tests."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import TrainerCallback

from altd.models.loading import load_model, load_processor
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.trainer import MCMDPOConfig, MCMDPOTrainer

LN2 = math.log(2)
SGD = {"optim": "sgd", "learning_rate": 0.5, "lr_scheduler_type": "constant"}
MakeExamples = Callable[[int], list[PreferenceExample]]


def lora_model(model_dir: Path, quantization: str = "none", fresh: bool = True) -> Any:
    """The tiny model with an adapter; not fresh means that the adapter already changes the answers."""
    torch.manual_seed(1)
    model = load_model(model_dir, quantization, trainable=True)
    lora = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", exclude_modules=".*vision_tower.*")
    model = get_peft_model(model, lora)
    if not fresh:
        for name, parameter in model.named_parameters():
            if ".lora_B." in name:
                torch.nn.init.normal_(parameter, std=0.05)
    return model


def make_trainer(
    model: Any, model_dir: Path, output: Path, examples: list[PreferenceExample], **settings: Any
) -> MCMDPOTrainer:
    settings = {"per_device_train_batch_size": 2, "max_steps": 3, "learning_rate": 1e-3} | settings
    config = MCMDPOConfig(
        output_dir=str(output), use_cpu=True, disable_tqdm=True, save_strategy="no", logging_steps=1, seed=0
    )
    config = replace(config, **settings)
    return MCMDPOTrainer(model, config, load_processor(model_dir), examples, eval_dataset=examples[:2])


def adapter_weights(model: Any) -> dict[str, torch.Tensor]:
    return {n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad}


def trained(model_dir: Path, folder: Path, examples: list[PreferenceExample], **settings: Any) -> Any:
    """The adapter after three steps of plain descent, which shows gradients as they are, and the trainer."""
    trainer = make_trainer(lora_model(model_dir, fresh=False), model_dir, folder, examples, **SGD | settings)
    trainer.train()
    return adapter_weights(trainer.model), trainer


def move(model: Any) -> None:
    """Change the adapter, so that the policy is no longer the reference."""
    torch.manual_seed(2)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".lora_B.default" in name:
                parameter.add_(0.05 * torch.randn_like(parameter))


class StopAfter(TrainerCallback):
    """Ends training after some steps, as an interruption after a checkpoint would."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        control.should_training_stop = state.global_step >= self._steps
        return control
