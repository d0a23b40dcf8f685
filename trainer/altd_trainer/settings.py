"""The settings of stage 2, with TRL's names where TRL has them."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from transformers import TrainingArguments

from altd_trainer.collator import OWN_PAIR, DataCollatorForMCMPreference, Layout, model_length
from altd_trainer.negatives import NegativeConfig, NegativeImage
from altd_trainer.objective import PRESETS, Aggregation, DynamicBeta, Objective
from altd_trainer.paradigms import AdapterKind, Paradigm, VisionEncoder


@dataclass
class MCMDPOConfig(TrainingArguments):  # type: ignore[misc]  # transformers has no types
    """Settings of stage 2, on top of `transformers.TrainingArguments`.

    > Parameters that control the loss

    Attributes:
        preset: `mcm-dpo` (as released), `dpo`, `mdpo`, `chip` or `kto`: what the settings below start from.
            One that is None keeps the preset's value; `Objective` says what each means.
        beta: strength of the pull to the reference.
        loss_weights: weights of the seven preferences by the names of `PreferenceWeights`, and
            `normaliser`; what is not named keeps its value.
        aggregation: `inside` or `separate` log-sigmoids, or `unpaired` (KTO).
        renormalise: whether the weights in force are scaled to sum to one.
        anchor: pull of the chosen text above its reference (mDPO).
        entropy: surplus of the policy over the reference (SEE-DPO).
        sft_weight: adds this much of the chosen text's mean negative log-likelihood per token, which
            keeps its probability from falling with the rejected one's (RPO).
        segment: weight of the tokens in which the two texts differ (CHiP).
        token_kl: weight of the token KL (CHiP); it needs a live reference.
        dynamic_beta: fields of `DynamicBeta` (beta-DPO). With accumulation it costs a second pass without
            gradient, since beta is chosen for the whole batch of an optimiser step.

    > Parameters that control the negatives

        negative_image: `diffusion`, `blank`, `crop`, `rotate` or `other`.
        diffusion_step: 0-999 for `diffusion`.
        negative_seed: changes every negative.

    > Parameters that control the reference

        precompute_ref_log_probs: compute the reference once instead of at every step. Full training must,
            because it changes the only copy of the weights.

    > Parameters that control what trains

        vision_encoder: `frozen` or `trained`.
        adapter: `lora` or `full`.

    > Parameters that control the order (a curriculum; `altd_trainer.curriculum`)

        curriculum_chunks: above 1, examples that the reference already orders clearly come first, and so many
            chunks join one after the other.
        curriculum_terms: whether the seven preferences join one after the other, the response first.
        curriculum_ranks: rising ranks that the adapter has one after the other, from its own or a higher one
            on; none keeps its rank. The model's function does not change where the rank does.
        curriculum_ramp: share of the run after which one more chunk, group of terms or rank would join.

    > Parameters that control memory

        layout: `tree`, `vision_shared` or `rows`: how the eight combinations are computed.
        row_microbatching: keep the activations of one row at a time, for one more pass without gradient.
        max_length: tokens of the longest row; None takes what the model was built for.
    """

    learning_rate: float = field(default=1e-5)
    remove_unused_columns: bool | None = field(default=False)
    report_to: Any = field(default="none")
    dataloader_pin_memory: bool = field(default_factory=torch.cuda.is_available)
    ddp_find_unused_parameters: bool | None = field(default=False)  # what gets no gradient does not train
    preset: str = field(default="mcm-dpo")
    beta: float | None = field(default=None)
    loss_weights: dict[str, float] = field(default_factory=dict)
    aggregation: Aggregation | None = field(default=None)
    renormalise: bool | None = field(default=None)
    anchor: float | None = field(default=None)
    entropy: float | None = field(default=None)
    sft_weight: float | None = field(default=None)
    segment: float | None = field(default=None)
    token_kl: float | None = field(default=None)
    dynamic_beta: dict[str, Any] | None = field(default=None)
    negative_image: NegativeImage = field(default="diffusion")
    diffusion_step: int = field(default=700)
    negative_seed: int = field(default=0)
    precompute_ref_log_probs: bool = field(default=True)
    vision_encoder: VisionEncoder = field(default="frozen")
    adapter: AdapterKind = field(default="lora")
    curriculum_chunks: int = field(default=1)
    curriculum_terms: bool = field(default=False)
    curriculum_ranks: list[int] = field(default_factory=list)
    curriculum_ramp: float = field(default=1.0)
    layout: Layout = field(default="tree")
    row_microbatching: bool = field(default=False)
    max_length: int | None = field(default=None)

    def objective(self) -> Objective:
        """What is minimised.

        Raises:
            ValueError: an unknown preset, or a value out of range.
        """
        if self.preset not in PRESETS:
            raise ValueError(f"preset must be one of {tuple(PRESETS)}, not {self.preset!r}")
        start = PRESETS[self.preset]
        given = {name: getattr(self, name) for name in _SAME_NAME} | {"sft": self.sft_weight}
        options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if self.dynamic_beta is not None:
            options["dynamic_beta"] = DynamicBeta(**self.dynamic_beta)
        return replace(start, weights=replace(start.weights, **self.loss_weights), **options)

    def negatives(self) -> NegativeConfig:
        """How negatives are made."""
        return NegativeConfig(self.negative_seed, self.negative_image, self.diffusion_step)

    def collator(self, processor: Any, config: Any) -> DataCollatorForMCMPreference:
        """What makes batches of examples, for a model with this configuration."""
        objective = self.objective()
        ordered = OWN_PAIR if self.curriculum_chunks > 1 else ()  # what orders examples
        return DataCollatorForMCMPreference(
            processor,
            self.negatives(),
            self.max_length or model_length(config),
            layout=self.layout,
            segment_weight=objective.segment,
            leaves=sorted({*objective.leaves, *ordered}),
        )

    def paradigm(self) -> Paradigm:
        """What trains."""
        return Paradigm(self.vision_encoder, self.adapter)


PLAIN_DPO_SETTINGS: dict[str, Any] = {
    "preset": "dpo",
    "loss_weights": {},
    "curriculum_terms": False,
    **dict.fromkeys(
        (
            "aggregation",
            "renormalise",
            "anchor",
            "entropy",
            "sft_weight",
            "segment",
            "token_kl",
            "dynamic_beta",
        )
    ),
}
"""What makes a recipe its own plain-DPO baseline; beta, data and everything else stay."""

_SAME_NAME = ("beta", "aggregation", "renormalise", "anchor", "entropy", "segment", "token_kl")
