"""Which modules train: the four paradigms of MCM-DPO, by LoRA or in full, over 4-bit and full bases.

Language model and projector train in both stages. The paradigms differ in the vision encoder, which is
frozen or trained in each stage: (frozen, frozen), (frozen, trained), (trained, frozen), (trained, trained).
Its weights are never in 4 bits. Trained by LoRA means adapters on its linear layers; its patch embedding,
positions and norms stay.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from peft import LoraConfig, PeftModel, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText

from altd.errors import AltdError
from altd.models.loading import Quantization, keep_trainable, load_model
from altd_trainer.families import family_of

VisionEncoder = Literal["frozen", "trained"]
AdapterKind = Literal["lora", "full"]

_WEIGHTS = "adapter_model.safetensors"


@dataclass(frozen=True)
class VisionPaths:
    """Patterns that whole paths of modules and parameters match, with or without peft's prefix.

    Attributes:
        encoder: the vision encoder, without the projector.
        unreached: parts of it that never get a gradient, because features are taken from an earlier layer;
            training them would make distributed runs wait for gradients that do not come. Empty: none.
    """

    encoder: str
    unreached: str

    @classmethod
    def of(cls, config: Any) -> "VisionPaths":
        """Those of a model's family."""
        family = family_of(config)
        tower, projector = (re.escape(path) for path in (family.vision_tower, family.projector))
        inner = projector.removeprefix(tower + r"\.")
        # Qwen's projectors stand inside the tower: `merger`, and one for each deep feature
        outside = "" if inner == projector else rf"(?!\w*{inner})"
        return cls(rf"(.*\.)?{tower}(\.{outside}.*)?", family.without_gradient(config) or "")


@dataclass(frozen=True)
class LoraSettings:
    """Rank and scale of a fresh adapter; dropout is 0, or policy and reference would differ at the start."""

    r: int = 16
    alpha: int = 32

    def config(self, exclude: str | None = None) -> LoraConfig:
        """On every linear layer but the head, without those whose path matches `exclude`."""
        return LoraConfig(
            r=self.r,
            lora_alpha=self.alpha,
            lora_dropout=0.0,
            target_modules="all-linear",
            exclude_modules=exclude,
        )


@dataclass(frozen=True)
class Paradigm:
    """What trains in one stage.

    Attributes:
        vision_encoder: `frozen` or `trained`.
        adapter: `lora` adds low-rank weights, `full` changes the model's own.
    """

    vision_encoder: VisionEncoder = "frozen"
    adapter: AdapterKind = "lora"

    def __post_init__(self) -> None:
        if self.vision_encoder not in get_args(VisionEncoder):
            raise ValueError(f"vision_encoder must be one of {get_args(VisionEncoder)}")
        if self.adapter not in get_args(AdapterKind):
            raise ValueError(f"adapter must be one of {get_args(AdapterKind)}")

    @property
    def is_full(self) -> bool:
        """Whether the model's own weights train."""
        return self.adapter == "full"

    def lora(self, settings: LoraSettings, config: Any) -> LoraConfig:
        """The adapter of this paradigm for a model's configuration."""
        return settings.config(self._fixed(config) or None)

    def mark(self, model: Any) -> None:
        """Let exactly the intended parameters of a loaded model train."""
        fixed = re.compile(self._fixed(model.config))
        for name, parameter in model.named_parameters():
            ours = ".lora_" in name if self.adapter == "lora" else parameter.is_floating_point()
            parameter.requires_grad_(ours and not fixed.fullmatch(name))

    def _fixed(self, config: Any) -> str:
        """What the paths of parameters and modules that do not train match as a whole."""
        vision = VisionPaths.of(config)
        return vision.encoder if self.vision_encoder == "frozen" else vision.unreached


def load_policy(
    model_dir: Path,
    paradigm: Paradigm,
    quantization: Quantization,
    *,
    adapter: Path | None = None,
    lora: LoraSettings | None = None,
    device: str = "cpu",
) -> Any:
    """The model that a stage trains, with the right parameters trainable.

    Args:
        model_dir: the base model.
        adapter: LoRA to go on from. Full training merges it into the model first; LoRA training continues
            it, widened to the vision encoder where the paradigm wants that and the adapter had none there.
        lora: of a fresh adapter.

    Raises:
        AltdError: `trainer_failed` for full training of a 4-bit model.
    """
    if paradigm.is_full:
        model = _full(model_dir, quantization, adapter)
    elif adapter is None:
        base = load_model(model_dir, quantization, trainable=True, device=device)
        model = _adapted(base, paradigm.lora(lora or LoraSettings(), base.config), model_dir)
    else:
        model = _continued(model_dir, quantization, adapter, paradigm, device)
    paradigm.mark(model)
    return model


def _full(model_dir: Path, quantization: Quantization, adapter: Path | None) -> Any:
    """The whole model in float32 and on no device yet: sharding decides where its parts go.

    In bfloat16 steps as small as the paper's (5e-7) would be lost in rounding.
    """
    if quantization != "none":
        message = "4-bit weights cannot be trained in full: set quantization to none, or adapter to lora"
        raise AltdError("trainer_failed", message)
    model = AutoModelForImageTextToText.from_pretrained(
        model_dir, dtype=torch.float32, use_safetensors=True, local_files_only=True
    )
    if adapter is not None:
        model = PeftModel.from_pretrained(model, adapter, local_files_only=True).merge_and_unload()
    return model


def _continued(
    model_dir: Path, quantization: Quantization, adapter: Path, paradigm: Paradigm, device: str
) -> Any:
    base = load_model(model_dir, quantization, trainable=True, device=device)
    saved = LoraConfig.from_pretrained(adapter)
    if paradigm.vision_encoder == "frozen" or _has_vision(adapter, VisionPaths.of(base.config)):
        # in float32 over a half-precision base too, as a fresh one: small steps would be lost in rounding
        model = PeftModel.from_pretrained(base, adapter, is_trainable=True, local_files_only=True)
        model.peft_config["default"].base_model_name_or_path = str(model_dir)
        return model
    wider = paradigm.lora(LoraSettings(saved.r, saved.lora_alpha), base.config)
    model = _adapted(base, wider, model_dir)
    set_peft_model_state_dict(model, load_file(adapter / _WEIGHTS))
    return model


def _adapted(base: Any, config: LoraConfig, model_dir: Path) -> Any:
    keep_trainable(base)
    model = get_peft_model(base, config)
    # checkpoints look for the base model under this name, on the hub when it is not a folder
    model.peft_config["default"].base_model_name_or_path = str(model_dir)
    return model


def _has_vision(adapter: Path, vision: VisionPaths) -> bool:
    return any(re.fullmatch(vision.encoder, name) for name in load_file(adapter / _WEIGHTS))
