"""Stage 2: `MCMDPOTrainer`, a `transformers.Trainer` that minimises the MCM-DPO loss over a LoRA adapter.

Names of settings and metrics are TRL's. The reference is the adapter that training started from: its
log-probabilities are computed once (`precompute_ref_log_probs`), or live through a frozen copy.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import Trainer, TrainingArguments

from altd.errors import AltdError
from altd.models.loading import keep_trainable
from altd_trainer.collator import IGNORED, DataCollatorForMCMPreference, PreferenceBatch
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.logprobs import leaf_logps
from altd_trainer.metrics.preference import preference_metrics
from altd_trainer.negatives import NegativeConfig, NegativeImage
from altd_trainer.objective import PreferenceLoss, PreferenceWeights, mcm_dpo_loss
from altd_trainer.reference import (
    ReferenceTable,
    add_reference_adapter,
    as_reference,
    fingerprint,
    precompute,
)


@dataclass
class MCMDPOConfig(TrainingArguments):  # type: ignore[misc]  # transformers has no types
    """Settings of stage 2, on top of `transformers.TrainingArguments`.

    > Parameters that control the loss

    Attributes:
        beta: strength of the pull to the reference.
        loss_weights: weights of the seven preferences by the names of `PreferenceWeights`, and
            `normaliser`; what is not named keeps its released value.
        sft_weight: adds this much of the chosen text's mean negative log-likelihood per token, which
            keeps its probability from falling with the rejected one's (RPO). The released loss has 0.

    > Parameters that control the negatives

        negative_image: `diffusion`, `blank`, `crop` or `rotate`.
        diffusion_step: 0-999 for `diffusion`.
        negative_seed: changes every negative.

    > Parameters that control the reference

        precompute_ref_log_probs: compute the reference once instead of at every step.

        max_length: tokens of the longest row; None takes what the model was built for.
    """

    learning_rate: float = field(default=1e-5)
    remove_unused_columns: bool | None = field(default=False)
    report_to: Any = field(default="none")
    dataloader_pin_memory: bool = field(default_factory=torch.cuda.is_available)
    beta: float = field(default=0.1)
    loss_weights: dict[str, float] = field(default_factory=dict)
    sft_weight: float = field(default=0.0)
    negative_image: NegativeImage = field(default="diffusion")
    diffusion_step: int = field(default=700)
    negative_seed: int = field(default=0)
    precompute_ref_log_probs: bool = field(default=True)
    max_length: int | None = field(default=None)

    def preference_weights(self) -> PreferenceWeights:
        """The weights as the objective takes them."""
        return PreferenceWeights(**self.loss_weights)

    def negatives(self) -> NegativeConfig:
        """How negatives are made."""
        return NegativeConfig(self.negative_seed, self.negative_image, self.diffusion_step)


class MCMDPOTrainer(Trainer):  # type: ignore[misc]  # transformers has no types
    """Trains the adapter of a vision-language model on preference examples.

    Args:
        model: a `peft.PeftModel` whose `default` adapter is to be trained.
        args: the settings.
        processing_class: the model's processor.
        train_dataset: examples, each with a rejected context.
        eval_dataset: held-out examples, likewise.
        callbacks: as in `transformers.Trainer`.

    Raises:
        AltdError: `trainer_failed` when there is nothing to train on, or nothing that trains.
    """

    loss_is_scaled_for_ga = False  # the loss is a mean over the batch; Trainer divides by the accumulation

    def __init__(
        self,
        model: Any,
        args: MCMDPOConfig,
        processing_class: Any,
        train_dataset: Sequence[PreferenceExample],
        eval_dataset: Sequence[PreferenceExample] | None = None,
        callbacks: Sequence[Any] | None = None,
    ) -> None:
        _require_distinct(train_dataset)
        if not any(parameter.requires_grad for parameter in model.parameters()):
            raise AltdError("trainer_failed", "the model has no trainable adapter")
        keep_trainable(model)
        self._random_modules = _random_modules(model)
        self._weights = args.preference_weights()
        self._reference: ReferenceTable | None = None
        self._metrics: dict[str, defaultdict[str, list[Tensor]]] = {
            "train": defaultdict(list),
            "eval": defaultdict(list),
        }
        collator = DataCollatorForMCMPreference(
            processing_class, args.negatives(), args.max_length or _model_length(model)
        )
        super().__init__(
            model=model,
            args=args,
            data_collator=collator,
            train_dataset=train_dataset,
            eval_dataset=eval_dataset or None,
            processing_class=processing_class,
            callbacks=list(callbacks or ()),
        )
        if args.activation_checkpointing:
            model.enable_input_require_grads()
        if not args.precompute_ref_log_probs:
            add_reference_adapter(model)

    def train(self, *args: Any, **kwargs: Any) -> Any:
        """As in `Trainer`, after the reference, which is the adapter as it is now."""
        self.prepare_reference()
        return super().train(*args, **kwargs)

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """As in `Trainer`, on the evaluation set given at construction."""
        self.prepare_reference()
        metrics: dict[str, float] = super().evaluate(*args, **kwargs)
        return metrics

    def prepare_reference(self) -> None:
        """Compute the reference log-probabilities, or read those of an earlier, interrupted run."""
        if self._reference is not None or not self.args.precompute_ref_log_probs:
            return
        examples = [*self.train_dataset, *(self.eval_dataset or ())]
        key = fingerprint(examples, self.args.negatives(), self.model)
        path = Path(self.args.output_dir) / "reference_logps.safetensors"
        self._reference = ReferenceTable.load(path, key)
        if self._reference is None:
            self._settle()
            self.model.to(self.args.device)
            self._reference = precompute(
                self.model,
                examples,
                self.data_collator,
                self.args.per_device_eval_batch_size,
                self._prepare_inputs,
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            self._reference.save(path, key)

    def compute_loss(
        self,
        model: Any,
        inputs: PreferenceBatch,
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """Mean loss of the batch; the metrics of its examples are kept until the next log."""
        self._settle()
        policy = leaf_logps(model, inputs)
        out = mcm_dpo_loss(
            policy,
            self._reference_logps(model, inputs),
            weights=self._weights,
            beta=self.args.beta,
            has_rejected=inputs["has_rejected"],
        )
        losses = out.losses
        if self.args.sft_weight:
            losses = losses - self.args.sft_weight * policy[:, 0, 0, 0] / _chosen_lengths(inputs)
        _require_finite(losses, inputs["ids"])
        self._keep_metrics(out, policy, inputs["has_rejected"])
        loss = (losses * inputs["weights"]).mean()
        return (loss, {"losses": losses}) if return_outputs else loss

    def prediction_step(
        self,
        model: Any,
        inputs: Mapping[str, Any],
        prediction_loss_only: bool,
        ignore_keys: list[str] | None = None,
    ) -> tuple[Tensor, None, None]:
        """The loss alone: no labels go through the library's own metrics."""
        with torch.no_grad(), self.compute_loss_context_manager():
            loss = self.compute_loss(model, self._prepare_inputs(inputs))
        return loss.detach(), None, None

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the means of the metrics since the last log, under TRL's names.

        A metric that no example had (all without a rejected text) is left out: NaN is not JSON.
        """
        mode = "train" if self.model.training else "eval"
        prefix = "" if mode == "train" else "eval_"
        for name, values in self._metrics[mode].items():
            mean = torch.cat(values).nanmean().item()
            if math.isfinite(mean):
                logs[prefix + name] = mean
        self._metrics[mode].clear()
        super().log(logs, start_time)

    def _reference_logps(self, model: Any, inputs: PreferenceBatch) -> Tensor:
        if self._reference is not None:
            return self._reference.lookup(inputs["ids"], inputs["input_ids"].device)
        with torch.no_grad(), as_reference(self.accelerator.unwrap_model(model)):
            return leaf_logps(model, inputs)

    def _keep_metrics(self, out: PreferenceLoss, policy: Tensor, has_rejected: Tensor) -> None:
        kept = self._metrics["train" if self.model.training else "eval"]
        for name, values in preference_metrics(out, policy, has_rejected).items():
            kept[name].append(self.accelerator.gather(values))

    def _settle(self) -> None:
        """Keep dropout off and batch statistics fixed: policy and reference must be the same function."""
        for module in self._random_modules:
            module.eval()


def _require_distinct(examples: Sequence[PreferenceExample]) -> None:
    """There must be examples, and no two of one id: negatives and references are kept by it."""
    if not examples:
        raise AltdError("trainer_failed", "the training set is empty: there is no example to learn from")
    name, times = Counter(example.id for example in examples).most_common(1)[0]
    if times > 1:
        raise AltdError("trainer_failed", f"example {name} stands {times} times in the training set")


def _random_modules(model: nn.Module) -> list[nn.Module]:
    kinds = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)
    return [module for module in model.modules() if isinstance(module, kinds)]


def _model_length(model: Any) -> int | None:
    text = model.config.get_text_config()
    return getattr(text, "max_position_embeddings", None)


def _chosen_lengths(batch: PreferenceBatch) -> Tensor:
    """(B,) tokens of the chosen answers, end token included."""
    lengths = (batch["labels"] != IGNORED).sum(dim=1)
    return lengths[batch["row_leaves"] % 8 == 0]


def _require_finite(losses: Tensor, ids: Sequence[str]) -> None:
    finite = losses.isfinite().tolist()
    if not all(finite):
        raise AltdError(
            "trainer_failed", f"the loss of example {ids[finite.index(False)]} is not a finite number"
        )
