"""The recipe of a run, the same for both stages: its examples, how it is run, and where its result goes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml
from peft import PeftModel

from altd.models.loading import Quantization
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.sources import adapter_directory, model_directory, open_examples
from altd_trainer.failures import require_different
from altd_trainer.paradigms import LoraSettings
from altd_trainer.progress import Report


@dataclass(frozen=True)
class Recipe:
    """One published run.

    Attributes:
        output: folder for checkpoints and the result: `adapter`, or `model` after full training.
        model: `bundled` or a directory in the hub's layout.
        adapter: `none`, `bundled` or a directory with a LoRA adapter to go on from.
        data: a set of examples in the notation of `open_examples`.
        start, count: which examples of it; a count of 0 means all.
        validation: held-out examples in the same notation, and how many.
        quantization: of the base model: `nf4` or `none`.
        lora: fields of `LoraSettings`, for a fresh adapter.
        training: settings of the stage's trainer.
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
    def read(cls, path: Path) -> Self:
        """Raises `TypeError` for a key that is not a field."""
        values = read_yaml(path)
        return cls(**{**values, "output": Path(values["output"])})

    def open(self, report: Report) -> tuple[Sequence[PreferenceExample], Sequence[PreferenceExample]]:
        """Examples to train on and held-out ones.

        Raises:
            AltdError: `trainer_failed` for an example that stands twice, or in both.
        """
        report({"event": "reading examples", "data": self.data})
        examples = open_examples(self.data, self.start, self.count)
        held_out = open_examples(self.validation, 0, self.validation_count) if self.validation else []
        require_different(examples, held_out)
        return examples, held_out

    def run(self, train: Callable[..., dict[str, float]], report: Report, **changes: Any) -> dict[str, float]:
        """Train by this recipe, or go on from its last checkpoint; returns the last figures.

        Args:
            train: the stage: `train_sft` or `train_mcm_dpo`.
            report: told about every log.
            changes: settings of `training` that take the place of the recipe's.
        """
        examples, held_out = self.open(report)
        return train(
            model_directory(self.model),
            adapter_directory(self.adapter),
            examples,
            self.output,
            self.training | changes,
            held_out=held_out,
            quantization=self.quantization,
            lora=LoraSettings(**self.lora),
            report=report,
        )


def read_yaml(path: Path) -> dict[str, Any]:
    """A recipe as it stands in its file.

    Raises:
        ValueError: when it is not a mapping that names its output.
    """
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(values, dict) or "output" not in values:
        raise ValueError(f"{path.name}: a recipe is a mapping with at least `output`")
    return values


def save_result(trainer: Any, processor: Any, output: Path, base: str) -> None:
    """Write what a run has trained to `output/adapter`, or to `output/model` when that is the whole model.

    Args:
        trainer: a `transformers.Trainer`; every process calls this, one writes.
        base: name of the base model.
    """
    if isinstance(trainer.model, PeftModel):
        if trainer.is_world_process_zero():
            save_adapter(trainer.model, output / "adapter", base)
    else:
        trainer.save_model(str(output / "model"))
        if trainer.is_world_process_zero():
            processor.save_pretrained(output / "model")
            processor.image_processor.save_pretrained(output / "model")
    trainer.accelerator.wait_for_everyone()


def save_adapter(model: Any, directory: Path, base: str) -> None:
    """Write the trained adapter alone: weights and configuration, with the base's name and not its path."""
    model.peft_config["default"].base_model_name_or_path = base
    # told not to look for changed embeddings, peft does not ask the hub about the base model
    model.save_pretrained(directory, selected_adapters=["default"], save_embedding_layers=False)
    (directory / "README.md").unlink(missing_ok=True)  # peft's empty model card


def figures(trainer: Any) -> dict[str, float]:
    """The last value of everything that a trainer has logged."""
    return {name: value for entry in trainer.state.log_history for name, value in entry.items()}
