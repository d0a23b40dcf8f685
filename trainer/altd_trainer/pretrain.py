"""Stage 1 of the bundled model: from random weights, on drawn pictures, from a recipe.

`sft` is stage 1 for a model that there already is.

`transformers.Trainer` as it is. Rows are padded on the left, so that the answers end together and logits
are computed for the last few positions only: on a CPU the vocabulary costs as much as half the decoder.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import torch
import yaml
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.utils.data import Dataset
from transformers import (
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PrinterCallback,
    ProgressCallback,
    Trainer,
    TrainingArguments,
)
from transformers.trainer_utils import get_last_checkpoint

from altd.describe.prompt import build_answer, build_prompt, build_question
from altd.models.loading import load_model, load_processor
from altd_trainer.bundled import ModelSizes, create_model, create_processor, part_unlearned, save_model
from altd_trainer.synthetic import generate, split_seed
from altd_trainer.synthetic.forms import ANY_FORM, in_any_form
from altd_trainer.synthetic.posted import as_posted
from altd_trainer.synthetic.reading import read_lines
from altd_trainer.tower import pretrain_tower


@dataclass(frozen=True)
class PretrainRecipe:
    """One published run; `recipes/*.yaml` hold the values.

    Attributes:
        output: folder for checkpoints and the finished `model`.
        pictures: how many, from number `first_picture` on.
        start: a model's directory to go on from; empty for random weights.
        tower_pictures: how many the tower learns from before, kept as `tower.safetensors` in `output`.
        tower: such a file of an earlier run, to be used instead.
        train_tower: whether the captions may change the tower.
        noise: share of answers replaced by what careless people write.
        forms: share of answers in another form, asked for in the prompt (`altd_trainer.synthetic.forms`).
        parted: whether tokens that were never met are parted at the end (`bundled.part_unlearned`).
    """

    output: Path
    pictures: int
    first_picture: int = 0
    start: str = ""
    tower_pictures: int = 0
    tower: str = ""
    train_tower: bool = True
    seed: int = 1
    noise: float = 0.1
    forms: float = 0.0
    parted: bool = False
    validation: int = 500
    model: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "PretrainRecipe":
        """Raises `TypeError` for a key that is not a field."""
        values = yaml.safe_load(path.read_text())
        return cls(**{**values, "output": Path(values["output"])})


class DrawnPictures(Dataset[dict[str, Any]]):
    """Pictures drawn when asked for: nothing is stored, and picture `i` is the same in every run."""

    def __init__(
        self,
        split: str,
        count: int,
        processor: LlavaProcessor,
        noise: float,
        first: int = 0,
        forms: float = 0.0,
    ) -> None:
        self.seed = split_seed(split)
        self.count = count
        self.first = first
        self.processor = processor
        self.noise = noise
        self.forms = forms

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> dict[str, Any]:
        sample = generate(self.seed, self.first + index)
        rng = random.Random(f"view {self.seed} {self.first + index}")
        lines, answer = read_lines(sample, rng)
        if rng.random() < self.noise and sample.kind != "unknown":
            answer = rng.choice(sample.noisy)
        question = build_question(sample.post, lines)
        if rng.random() < self.forms:
            question, answer = f"{question}\n{ANY_FORM}", in_any_form(sample, answer, rng)
        pixels = self.processor.image_processor(
            as_posted(sample.image, rng), return_tensors="pt"
        ).pixel_values[0]
        return {
            "pixel_values": pixels,  # (3, side, side)
            "prompt_ids": self._tokens(build_prompt(question)),
            "answer_ids": self._tokens(build_answer(answer)),
        }

    def _tokens(self, text: str) -> list[int]:
        expanded = text.replace("<image>", "<image>" * image_tokens(self.processor), 1)
        return list(self.processor.tokenizer(expanded, add_special_tokens=False).input_ids)


def image_tokens(processor: LlavaProcessor) -> int:
    """How many places one picture takes in the prompt."""
    side = int(processor.image_processor.size["height"])
    return (side // int(processor.patch_size)) ** 2


@dataclass(frozen=True)
class AnswerCollator:
    """Left-padded rows, and labels for the last positions only, where the answers are."""

    pad: int

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Tensor | int]:
        tokens = [row["prompt_ids"] + row["answer_ids"] for row in rows]
        length = _rounded(max(map(len, tokens)))
        keep = _rounded(max(len(row["answer_ids"]) for row in rows) + 1)
        labels = [[-100] * (keep - len(row["answer_ids"])) + row["answer_ids"] for row in rows]
        return {
            "input_ids": torch.tensor([[self.pad] * (length - len(row)) + row for row in tokens]),  # (B, L)
            "attention_mask": torch.tensor([[0] * (length - len(row)) + [1] * len(row) for row in tokens]),
            "pixel_values": torch.stack([row["pixel_values"] for row in rows]),  # (B, 3, side, side)
            "labels": torch.tensor(labels),  # (B, K)
            "logits_to_keep": keep,
        }


def _start_model(recipe: PretrainRecipe) -> tuple[LlavaForConditionalGeneration, LlavaProcessor]:
    if recipe.start:
        directory = Path(recipe.start)
        return load_model(directory, "none"), load_processor(directory)
    sizes = ModelSizes(**recipe.model)
    processor = create_processor(sizes, split_seed("train"))
    return create_model(sizes, processor, recipe.seed), processor


def _start_tower(
    recipe: PretrainRecipe, model: LlavaForConditionalGeneration, processor: LlavaProcessor
) -> None:
    """Give the model a tower that already sees, trained now or in an earlier, interrupted run."""
    tower = model.model.vision_tower
    file = Path(recipe.tower) if recipe.tower else recipe.output / "tower.safetensors"
    if not recipe.tower and not file.is_file():
        pretrain_tower(tower, processor, recipe.tower_pictures, _say_tower)
        recipe.output.mkdir(parents=True, exist_ok=True)
        save_file(tower.state_dict(), file)
    tower.load_state_dict(load_file(file))


def _say_tower(step: int, loss: float) -> None:
    click.echo({"tower_step": step, "tower_loss": round(loss, 3)})


class _Trainer(Trainer):  # type: ignore[misc]  # transformers has no types
    """Writes checkpoints under the names that the running model uses.

    By default LLaVA's weights are saved under the hub's older names; the trainer reads them back without
    translating, and would go on with fresh random weights.
    """

    def compute_loss(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        """As in `Trainer`; a frozen tower also keeps its batch statistics."""
        tower = self.accelerator.unwrap_model(model).model.vision_tower
        if not tower.position.requires_grad:
            tower.eval()
        return super().compute_loss(model, *args, **kwargs)

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        target = output_dir or self.args.output_dir
        self.accelerator.unwrap_model(self.model).save_pretrained(target, save_original_format=False)


def _rounded(length: int) -> int:
    """Few different lengths, because a CPU prepares its kernels anew for each."""
    return -(-length // 16) * 16


def main_from_recipe(path: Path) -> dict[str, float]:
    """Train, or go on from the last checkpoint, and write the model; returns the last validation figures."""
    recipe = PretrainRecipe.read(path)
    model, processor = _start_model(recipe)
    checkpoints = recipe.output / "checkpoints"
    last = get_last_checkpoint(str(checkpoints)) if checkpoints.is_dir() else None
    if last is None and (recipe.tower_pictures or recipe.tower):
        _start_tower(recipe, model, processor)
    model.model.vision_tower.requires_grad_(recipe.train_tower)
    trainer = _Trainer(
        model=model,
        args=_arguments(recipe),
        train_dataset=DrawnPictures(
            "train", recipe.pictures, processor, recipe.noise, recipe.first_picture, recipe.forms
        ),
        eval_dataset=DrawnPictures("validation", recipe.validation, processor, 0.0),
        data_collator=AnswerCollator(processor.tokenizer.pad_token_id),
    )
    trainer.remove_callback(ProgressCallback)
    trainer.add_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=last)
    figures: dict[str, float] = trainer.evaluate()
    trained = trainer.accelerator.unwrap_model(trainer.model)
    if recipe.parted:
        part_unlearned(trained, processor, recipe.seed)
    save_model(trained, processor, recipe.output / "model")
    return figures


def _arguments(recipe: PretrainRecipe) -> TrainingArguments:
    defaults: dict[str, Any] = {
        "output_dir": str(recipe.output / "checkpoints"),
        "num_train_epochs": 1,
        "learning_rate": 1e-3,
        "lr_scheduler_type": "cosine",
        "weight_decay": 0.05,
        "per_device_train_batch_size": 16,
        "per_device_eval_batch_size": 32,
        "bf16": True,
        "train_sampling_strategy": "sequential",
        "remove_unused_columns": False,
        "label_names": ["labels"],
        "prediction_loss_only": True,
        "dataloader_num_workers": 1,
        "report_to": "none",
        "seed": recipe.seed,
        "save_total_limit": 2,
        "logging_steps": 50,
        "eval_strategy": "steps",
    }
    return TrainingArguments(**{**defaults, **recipe.training})
