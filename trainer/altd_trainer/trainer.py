"""Stage 2: `MCMDPOTrainer`, a `transformers.Trainer` that minimises a preference objective.

Names of settings and metrics are TRL's. The reference is the model that training started from: its
log-probabilities are computed once (`precompute_ref_log_probs`), or live through a frozen copy of the
adapter.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import gather_object
from torch import Tensor
from transformers import Trainer

from altd.models.loading import keep_trainable
from altd_trainer.checkpoints import WholeCheckpoints, last_checkpoint
from altd_trainer.collator import PreferenceBatch
from altd_trainer.curriculum import GrowingRank, easy_first, objective_at
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.dynamic import BetaForSteps, loss_options, what_is_there
from altd_trainer.failures import (
    failures_explained,
    require_finite,
    require_growable,
    require_one_step_for_all,
    require_reference,
    require_usable,
)
from altd_trainer.holding import Holding
from altd_trainer.logprobs import leaf_logps, leaf_scores
from altd_trainer.metrics.preference import preference_metrics
from altd_trainer.objective import (
    Objective,
    PreferenceLoss,
    loss_and_gradients,
    preference_gaps,
    preference_loss,
)
from altd_trainer.reference import (
    Ranks,
    ReferenceCache,
    ReferenceTable,
    add_reference_adapter,
    answer_kl,
    as_reference,
    random_modules,
)
from altd_trainer.settings import MCMDPOConfig
from altd_trainer.tree.microbatch import accumulate_gradients, logps_by_rows

__all__ = ["MCMDPOConfig", "MCMDPOTrainer"]


class MCMDPOTrainer(WholeCheckpoints, Trainer):  # type: ignore[misc]  # transformers has no types
    """Trains a vision-language model on preference examples.

    Args:
        model: a `peft.PeftModel` whose `default` adapter is to be trained, or a model some of whose own
            parameters are; `altd_trainer.paradigms` makes either.
        args: the settings.
        processing_class: the model's processor.
        train_dataset: examples, each with a rejected context.
        eval_dataset: held-out examples, likewise.
        callbacks: as in `transformers.Trainer`.
        holding: what is not to be forgotten meanwhile; not with `row_microbatching`.

    Raises:
        AltdError: `trainer_failed` when there is nothing to train on, nothing that trains, or a setting
            that does not go with another.
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
        holding: Holding | None = None,
    ) -> None:
        self._objective = args.objective()
        require_usable(train_dataset, self._objective.weights)
        require_reference(model, args, self._objective)
        keep_trainable(model)
        self._random_modules = random_modules(model)
        self._trains = {name: parameter.requires_grad for name, parameter in model.named_parameters()}
        self._reference: ReferenceTable | None = None
        self._holding = holding
        self._score = logps_by_rows if args.row_microbatching else leaf_logps
        modes = ("train", "eval")
        self._metrics: dict[str, defaultdict[str, list[Tensor]]] = {mode: defaultdict(list) for mode in modes}
        super().__init__(
            model=model,
            args=args,
            data_collator=args.collator(processing_class, model.config),
            train_dataset=train_dataset,
            eval_dataset=eval_dataset or None,
            processing_class=processing_class,
            callbacks=list(callbacks or ()),
        )
        require_one_step_for_all(
            args, train_dataset, deepspeed=self.is_deepspeed_enabled, fsdp=self.is_fsdp_enabled
        )
        require_growable(model, args, sharded=self.is_deepspeed_enabled or self.is_fsdp_enabled)
        self._growth = GrowingRank.of(model, args)
        self._beta = BetaForSteps.of(self._objective, self.accelerator)
        if args.activation_checkpointing:
            model.enable_input_require_grads()
        if not args.precompute_ref_log_probs:
            add_reference_adapter(model)

    def train(self, resume_from_checkpoint: str | bool | None = None, **kwargs: Any) -> Any:
        """As in `Trainer`, after the reference, which is the model as it is now.

        Raises:
            AltdError: memory is short, or the loss is no number; the message names setting or example.
            ValueError: an example that cannot be used; the message names it.
        """
        with failures_explained(self.args.per_device_train_batch_size):
            self.prepare_reference()
            if self._holding is not None:
                self._holding.prepare(self.model)
            if resume_from_checkpoint is True:
                resume_from_checkpoint = last_checkpoint(Path(self.args.output_dir)) or True
            if isinstance(resume_from_checkpoint, str):
                self._restore(Path(resume_from_checkpoint))
            return super().train(resume_from_checkpoint=resume_from_checkpoint, **kwargs)

    def _restore(self, checkpoint: Path) -> None:
        """Of a checkpoint, what the library does not read or cannot read without it."""
        if self._beta is not None:
            self._beta.load(checkpoint)
        if self._growth is not None:
            self._growth.restore(self.model, checkpoint)

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """As in `Trainer`, on the evaluation set given at construction."""
        self.prepare_reference()
        metrics: dict[str, float] = super().evaluate(*args, **kwargs)
        return metrics

    def prepare_reference(self) -> None:
        """Read the reference log-probabilities of an earlier run, and compute those that are missing."""
        if self._reference is not None or not self.args.precompute_ref_log_probs:
            return
        self._settle()
        self.model.to(self.args.device)
        with self.accelerator.autocast():
            self._reference = ReferenceCache(Path(self.args.output_dir) / "reference.safetensors").complete(
                self.model,
                [*self.train_dataset, *(self.eval_dataset or ())],
                self.data_collator,
                batch_size=self.args.per_device_eval_batch_size,
                prepare=self._prepare_inputs,
                score=self._score,
                ranks=Ranks(self.args.process_index, self.args.world_size, gather_object),
            )
        if self.is_fsdp_enabled or self.is_deepspeed_enabled:
            self.model.to("cpu")  # its shards go back, where there is no room for all of it and the optimiser

    def _get_train_sampler(self, *args: Any, **kwargs: Any) -> Any:
        if self.args.curriculum_chunks == 1:
            return super()._get_train_sampler(*args, **kwargs)
        assert self._reference is not None
        return easy_first(self._reference.rows, self.train_dataset, self.data_collator, self.args)

    def create_optimizer(self, model: Any = None) -> Any:
        """As in `Trainer`, over what trained at the start.

        Where there is a reference adapter, the library reads a checkpoint by activating the other one,
        which makes all of it trainable.
        """
        for name, parameter in self.model.named_parameters():
            parameter.requires_grad_(self._trains.get(name, parameter.requires_grad))
        return super().create_optimizer(model)

    def get_batch_samples(self, *args: Any, **kwargs: Any) -> tuple[list[PreferenceBatch], Any]:
        """As in `Trainer`, with what is to be decided before a step.

        The rank may grow, and beta-DPO chooses beta and what to keep for all batches of the step at once.
        """
        batches, items = super().get_batch_samples(*args, **kwargs)
        if self._growth is not None:
            self._growth.grow(self.model, self.optimizer, self.state)
        if self._beta is not None:
            self._beta.decide(batches, [self._gaps(batch) for batch in batches])
        return batches, items

    def training_step(
        self, model: Any, inputs: PreferenceBatch, num_items_in_batch: Tensor | int | None = None
    ) -> Tensor:
        """As in `Trainer`; with `row_microbatching` the rows are run and back-propagated one at a time."""
        if not self.args.row_microbatching:
            whole: Tensor = super().training_step(model, inputs, num_items_in_batch)
            return whole
        model.train()
        self._settle()
        inputs = self._prepare_inputs(inputs)
        reference = self._reference_logps(model, inputs)
        share = inputs["weights"] / len(inputs["weights"]) / self.current_gradient_accumulation_steps
        losses: list[Tensor] = []

        def differentiate(policy: Tensor) -> Tensor:
            objective, options = self._objective_now(), loss_options(inputs)
            out, gradients = loss_and_gradients(policy, reference, objective, **options)
            self._check_and_keep(out, policy, inputs)
            losses.append((out.losses * share).sum())
            coefficients: Tensor = gradients.logps * share.view(-1, 1, 1, 1)
            return coefficients

        backward, arithmetic = self.accelerator.backward, self.accelerator.autocast
        accumulate_gradients(model, inputs, differentiate, backward, arithmetic)
        return losses[0]

    def compute_loss(
        self,
        model: Any,
        inputs: PreferenceBatch,
        return_outputs: bool = False,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Any:
        """Mean loss of the batch; the metrics of its examples are kept until the next log."""
        self._settle()
        with self.accelerator.autocast():  # around all of it, as around the reference
            policy = leaf_scores(model, inputs, logits=bool(self._objective.token_kl))
        reference, kl = self._reference_logps(model, inputs), None
        if policy.logits is not None:
            with self.accelerator.autocast(), as_reference(self.accelerator.unwrap_model(model)):
                kl = answer_kl(model, inputs, policy.logits)
        out = preference_loss(policy.logps, reference, self._objective_now(), kl=kl, **loss_options(inputs))
        self._check_and_keep(out, policy.logps, inputs)
        loss = (out.losses * inputs["weights"]).mean()
        if self._holding is not None and self.model.training:
            loss = loss + self._holding.loss(model, self.state.global_step)
        return (loss, {"losses": out.losses}) if return_outputs else loss

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

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """As in `Trainer`; a checkpoint also has the state of beta."""
        super().save_model(output_dir, _internal_call)
        if self._beta is not None and _internal_call and self.args.should_save and output_dir:
            self._beta.save(Path(output_dir))

    def _gaps(self, batch: PreferenceBatch) -> Tensor:
        """The gaps (B,) of a batch as the model is now, under the objective of the coming step."""
        model = self.model_wrapped
        model.train()  # after an evaluation the library puts it back only once the step has begun
        self._settle()
        batch = self._prepare_inputs(batch)
        policy, reference = self._logps(model, batch), self._reference_logps(model, batch)
        return preference_gaps(policy, reference, self._objective_now(), **what_is_there(batch))

    def _reference_logps(self, model: Any, inputs: PreferenceBatch) -> Tensor:
        if self._reference is not None:
            return self._reference.lookup(inputs["ids"], inputs["input_ids"].device)
        with as_reference(self.accelerator.unwrap_model(model)):
            return self._logps(model, inputs)

    def _logps(self, model: Any, inputs: PreferenceBatch) -> Tensor:
        """(B, 2, 2, 2) without gradient."""
        with torch.no_grad(), self.accelerator.autocast():
            return self._score(model, inputs)

    def _check_and_keep(self, out: PreferenceLoss, policy: Tensor, inputs: PreferenceBatch) -> None:
        require_finite(out.losses, inputs["ids"])
        kept = self._metrics["train" if self.model.training else "eval"]
        leaves = self.data_collator.leaves
        for name, values in preference_metrics(out, policy, inputs["has_rejected"], leaves).items():
            kept[name].append(self.accelerator.gather(values))
        for name in ("beta", "keep"):
            if name in inputs:
                values = inputs[name]  # type: ignore[literal-required]
                kept[name].append(self.accelerator.gather(values if name == "beta" else (values > 0).float()))

    def _objective_now(self) -> Objective:
        """The objective of this step; evaluation has the whole one."""
        if not (self.args.curriculum_terms and self.is_in_train and self.model.training):
            return self._objective
        return objective_at(self._objective, self.args, self.state)

    def _settle(self) -> None:
        """Keep dropout off and batch statistics fixed: policy and reference must be the same function."""
        for module in self._random_modules:
            module.eval()
