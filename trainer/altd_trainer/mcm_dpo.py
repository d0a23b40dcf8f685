"""Stage 2 as one call and as a recipe: preference examples in, an adapter directory out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml
from peft import LoraConfig, get_peft_model
from transformers import PrinterCallback, set_seed
from transformers.trainer_utils import get_last_checkpoint

from altd.models.loading import Quantization, load_model, load_processor
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.sources import adapter_directory, model_directory, open_examples
from altd_trainer.negatives import with_rejected_contexts
from altd_trainer.objective import PreferenceWeights
from altd_trainer.progress import Report, StepProgress
from altd_trainer.trainer import MCMDPOConfig, MCMDPOTrainer


@dataclass(frozen=True)
class LoraSettings:
    """A fresh adapter: on every linear layer of language model and projector, of the tower if `vision`."""

    r: int = 16
    alpha: int = 32
    vision: bool = False

    def config(self) -> LoraConfig:
        """The same as peft wants it; dropout is 0, or policy and reference would differ at the start."""
        return LoraConfig(
            r=self.r,
            lora_alpha=self.alpha,
            lora_dropout=0.0,
            target_modules="all-linear",
            exclude_modules=None if self.vision else r".*\.?vision_tower\..*",
        )


@dataclass(frozen=True)
class PreferenceRecipe:
    """One published run of stage 2.

    Attributes:
        output: folder for checkpoints and the finished `adapter`.
        model: `bundled` or a directory in the hub's layout.
        adapter: `none` for a fresh one, `bundled` or a directory to continue.
        data: `synthetic:SPLIT` or a JSON Lines file.
        start, count: which examples of it; a count of 0 means all.
        validation: held-out examples in the same notation, and how many.
        quantization: `nf4` or `none`.
        lora: fields of `LoraSettings`, for a fresh adapter.
        training: fields of `MCMDPOConfig`.
    """

    output: Path
    model: str = "bundled"
    adapter: str = "none"
    data: str = "synthetic:train"
    start: int = 0
    count: int = 0
    validation: str = ""
    validation_count: int = 200
    quantization: Quantization = "nf4"
    lora: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "PreferenceRecipe":
        """Raises `TypeError` for a key that is not a field."""
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
        return cls(**{**values, "output": Path(values["output"])})


def main_from_recipe(
    path: Path, report: Report, weights: PreferenceWeights | None = None
) -> dict[str, float]:
    """Run a recipe, or go on from its last checkpoint; returns the last figures.

    Args:
        weights: replace those of the recipe.
    """
    recipe = PreferenceRecipe.read(path)
    training = recipe.training | ({"loss_weights": asdict(weights)} if weights else {})
    report({"event": "reading examples", "data": recipe.data})
    examples = open_examples(recipe.data, recipe.start, recipe.count)
    held_out = open_examples(recipe.validation, 0, recipe.validation_count) if recipe.validation else []
    return train_mcm_dpo(
        model_directory(recipe.model),
        adapter_directory(recipe.adapter),
        examples,
        recipe.output,
        training,
        held_out=held_out,
        quantization=recipe.quantization,
        lora=LoraSettings(**recipe.lora),
        report=report,
    )


def train_mcm_dpo(
    model_dir: Path,
    adapter: Path | None,
    examples: Sequence[PreferenceExample],
    output_dir: Path,
    config: Mapping[str, Any],
    *,
    held_out: Sequence[PreferenceExample] = (),
    quantization: Quantization = "nf4",
    lora: LoraSettings | None = None,
    report: Report | None = None,
) -> dict[str, float]:
    """Train an adapter and write it to `output_dir/adapter`.

    Args:
        model_dir: the base model.
        adapter: the adapter to continue, which is then the reference; None starts a fresh one.
        examples: rejected contexts that are missing are drawn from the examples' own contexts.
        output_dir: also keeps checkpoints, from which an interrupted call goes on.
        config: fields of `MCMDPOConfig`.
        held_out: examples to evaluate on.
        quantization: of the base model.
        lora: of a fresh adapter.
        report: told about every log.

    Returns:
        the last training figures, and those on `held_out` under `eval_…`.

    Raises:
        AltdError: `trainer_failed`: nothing to train on, or the loss stopped being a number.
        ValueError: an example that cannot be used; the message names it.
    """
    settings = MCMDPOConfig(**{**_DEFAULTS, **config, "output_dir": str(output_dir / "checkpoints")})
    pool = list(dict.fromkeys(example.context for example in examples))
    train, held = (
        with_rejected_contexts(part, pool, settings.negative_seed) for part in (examples, held_out)
    )
    set_seed(settings.seed)
    trainer = MCMDPOTrainer(
        _policy(model_dir, adapter, quantization, lora or LoraSettings()),
        settings,
        load_processor(model_dir),
        train,
        eval_dataset=held,
        callbacks=[StepProgress(report)] if report else [],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=_last_checkpoint(Path(settings.output_dir)))
    figures = {k: v for entry in trainer.state.log_history for k, v in entry.items()}
    figures |= trainer.evaluate() if held else {}
    save_adapter(trainer.model, output_dir / "adapter", model_dir.name)
    return figures


_DEFAULTS: Mapping[str, Any] = {
    "num_train_epochs": 1,
    "learning_rate": 5e-5,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.1,
    "per_device_train_batch_size": 4,
    "per_device_eval_batch_size": 8,
    "gradient_accumulation_steps": 2,
    "logging_steps": 5,
    "save_total_limit": 2,
    "disable_tqdm": True,
}


def save_adapter(model: Any, directory: Path, base: str) -> None:
    """Write the trained adapter alone: weights and configuration, with the base's name and not its path."""
    model.peft_config["default"].base_model_name_or_path = base
    # told not to look for changed embeddings, peft does not ask the hub about the base model
    model.save_pretrained(directory, selected_adapters=["default"], save_embedding_layers=False)
    (directory / "README.md").unlink(missing_ok=True)  # peft's empty model card


def _policy(model_dir: Path, adapter: Path | None, quantization: Quantization, lora: LoraSettings) -> Any:
    model = load_model(model_dir, quantization, adapter=adapter, trainable=True)
    model = model if adapter else get_peft_model(model, lora.config())
    # checkpoints look for the base model under this name, on the hub when it is not a folder
    model.peft_config["default"].base_model_name_or_path = str(model_dir)
    return model


def _last_checkpoint(folder: Path) -> str | None:
    return get_last_checkpoint(str(folder)) if folder.is_dir() else None
