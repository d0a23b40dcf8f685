"""Stage 1: supervised fine-tuning of a model on the chosen texts, with TRL's `SFTTrainer`.

Data, prompt, paradigms and outputs are those of stage 2. `pretrain` makes the bundled model from nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from transformers import PrinterCallback, set_seed
from trl import SFTConfig, SFTTrainer

from altd.errors import AltdError
from altd.models.loading import Quantization
from altd_trainer.checkpoints import WholeCheckpoints, last_checkpoint
from altd_trainer.collator import encode_answer, encode_prompt, model_length, require_length
from altd_trainer.data.images import load_image
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.failures import failures_explained
from altd_trainer.families import load_processor, processor_family
from altd_trainer.holding import Holding
from altd_trainer.paradigms import AdapterKind, LoraSettings, Paradigm, VisionEncoder, load_policy
from altd_trainer.progress import Report, StepProgress
from altd_trainer.recipe import figures, save_result

IGNORED = -100


@dataclass
class SFTSettings(SFTConfig):  # type: ignore[misc]  # trl has no types
    """TRL's settings with what trains, and without what a CPU or a picture does not go with.

    Attributes:
        vision_encoder: `frozen` or `trained`.
        adapter: `lora` or `full`.
        max_length: tokens of the longest row; None takes what the model was built for.
    """

    vision_encoder: VisionEncoder = field(default="frozen")
    adapter: AdapterKind = field(default="lora")
    max_length: int | None = field(default=None)
    bf16: bool | None = field(default_factory=torch.cuda.is_available)
    activation_checkpointing: bool | None = field(default=False)
    gradient_checkpointing: bool | None = field(default=None)  # the old name, which TRL sets
    remove_unused_columns: bool | None = field(default=False)
    report_to: Any = field(default="none")
    dataloader_pin_memory: bool = field(default_factory=torch.cuda.is_available)
    ddp_find_unused_parameters: bool | None = field(default=False)  # what gets no gradient does not train
    learning_rate: float = field(default=2e-5)

    def paradigm(self) -> Paradigm:
        """What trains."""
        return Paradigm(self.vision_encoder, self.adapter)


@dataclass(frozen=True)
class AnswerCollator:
    """Rows of prompt and chosen text for the examples with these numbers, padded on the right.

    Attributes:
        config: the model's, which some families' rows depend on.
        max_length: tokens of a row that the model takes; None does not check.
    """

    processor: Any
    examples: Sequence[PreferenceExample]
    config: Any
    max_length: int | None = None

    def __call__(self, rows: Sequence[dict[str, int]]) -> dict[str, Tensor]:
        """Build the batch: (B, L) tokens and labels, and the family's tensors for the pictures.

        Raises:
            ValueError: naming an example that has an unreadable image or is too long.
        """
        family = processor_family(self.processor)
        ids, labels, pictures = [], [], []
        for row in rows:
            example = self.examples[row["number"]]
            picture = family.encode_image(self.processor, load_image(example))
            prompt = encode_prompt(self.processor, picture, example.context, example.lines)
            answer = encode_answer(self.processor.tokenizer, example.chosen, example.id, family)
            require_length(example.id, len(prompt + answer), self.max_length)
            ids.append(torch.tensor(prompt + answer))
            labels.append(torch.tensor([IGNORED] * len(prompt) + answer))
            pictures.append(picture)
        padding = self.processor.tokenizer.pad_token_id or 0  # never attended to, never scored
        input_ids = pad_sequence(ids, batch_first=True, padding_value=padding)
        vision = family.join_images(pictures)
        return {
            "input_ids": input_ids,
            "attention_mask": pad_sequence([torch.ones_like(row) for row in ids], batch_first=True),
            "labels": pad_sequence(labels, batch_first=True, padding_value=IGNORED),
            **vision,
            **family.row_inputs(input_ids, vision, self.config),
        }


class StageOneTrainer(WholeCheckpoints, SFTTrainer):  # type: ignore[misc]  # trl has no types
    """TRL's trainer; batch statistics of a vision encoder stay as they are unless it is trained in full."""

    def __init__(self, model: Any, holding: Holding | None = None, **options: Any) -> None:
        # TRL rounds adapters over 4-bit weights to bfloat16, but not when it reads them from a checkpoint
        exact = {name: value.data for name, value in model.named_parameters() if value.requires_grad}
        super().__init__(model=model, **options)
        self._holding = holding
        for name, value in self.model.named_parameters():
            value.data = exact.get(name, value.data)

    def compute_loss(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        """As in `SFTTrainer`, and in training what is lost of what was known."""
        if self.args.vision_encoder == "frozen" or self.args.adapter == "lora":
            for module in model.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        loss = super().compute_loss(model, *args, **kwargs)
        if self._holding is not None and model.training:
            loss = loss + self._holding.loss(model, self.state.global_step)
        return loss

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """None: TRL's says nothing about the run."""


def train_sft(
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
    prepare: Callable[[Any], None] | None = None,
    holding: Holding | None = None,
) -> dict[str, float]:
    """Fine-tune on the examples' chosen texts; arguments and result are those of `train_mcm_dpo`.

    Raises:
        AltdError: `trainer_failed` when there is nothing to train on, or memory runs out.
    """
    if not examples:
        raise AltdError("trainer_failed", "the training set is empty: there is no example to learn from")
    settings = SFTSettings(**{**_DEFAULTS, **config, "output_dir": str(output_dir / "checkpoints")})
    set_seed(settings.seed)
    with failures_explained(settings.per_device_train_batch_size):
        model = load_policy(
            model_dir,
            settings.paradigm(),
            quantization,
            adapter=adapter,
            lora=lora,
            device=str(settings.device),
        )
        if prepare is not None:
            prepare(model)
        processor = load_processor(model_dir)
        if settings.activation_checkpointing:
            model.enable_input_require_grads()
        limit = settings.max_length or model_length(model.config)
        trainer = StageOneTrainer(
            model=model,
            args=settings,
            train_dataset=_numbers(0, len(examples)),
            eval_dataset=_numbers(len(examples), len(held_out)) if held_out else None,
            data_collator=AnswerCollator(processor, [*examples, *held_out], model.config, limit),
            processing_class=processor,
            holding=holding,
            callbacks=[StepProgress(report)] if report else [],
        )
        trainer.remove_callback(PrinterCallback)
        if holding is not None:
            holding.prepare(model)
        trainer.train(resume_from_checkpoint=last_checkpoint(Path(settings.output_dir)))
        result = figures(trainer) | (trainer.evaluate() if held_out else {})
    save_result(trainer, processor, output_dir, model_dir.name)
    return result


_DEFAULTS: Mapping[str, Any] = {
    "num_train_epochs": 1,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.03,
    "per_device_train_batch_size": 4,
    "per_device_eval_batch_size": 8,
    "logging_steps": 5,
    "save_steps": 50,
    "save_total_limit": 2,
    "disable_tqdm": True,
    "label_names": ["labels"],
    "prediction_loss_only": True,
    "dataset_kwargs": {"skip_prepare_dataset": True},  # the collator does it, from the examples
}


def _numbers(start: int, count: int) -> Dataset:
    """The table that TRL wants: which examples, and not what is in them."""
    return Dataset.from_dict({"number": list(range(start, start + count))})
