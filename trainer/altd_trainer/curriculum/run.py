"""The curriculum of a training run: which terms are in force at a step, and which examples come first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import torch
from torch import Tensor

from altd_trainer.collator import DataCollatorForMCMPreference, encode_answer
from altd_trainer.curriculum.data import CurriculumSampler, gap_per_token
from altd_trainer.curriculum.terms import TermCurriculum
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.families import processor_family
from altd_trainer.objective import Objective


def objective_at(objective: Objective, args: Any, state: Any) -> Objective:
    """The objective with the terms that are in force now.

    Args:
        args: fields of `MCMDPOConfig`.
        state: of a running `transformers.Trainer`.
    """
    terms = TermCurriculum(objective.weights, state.max_steps, args.curriculum_ramp)
    return replace(objective, weights=terms.at(state.global_step))


def easy_first(
    reference: Mapping[str, Tensor],
    examples: Sequence[PreferenceExample],
    collator: DataCollatorForMCMPreference,
    args: Any,
) -> CurriculumSampler:
    """Draws examples whose texts the reference tells apart clearly first.

    Args:
        reference: log-probabilities (2, 2, 2) by id.
        args: fields of `MCMDPOConfig`.

    Raises:
        ValueError: fewer examples than chunks.
    """
    lengths = torch.tensor([_lengths(example, collator.processor) for example in examples])
    logps = torch.stack([reference[example.id] for example in examples])
    scores = gap_per_token(logps, lengths[:, 0], lengths[:, 1]).tolist()
    draws = ceil(args.num_train_epochs * len(examples))
    if args.max_steps > 0:
        draws = args.max_steps * args.train_batch_size * args.gradient_accumulation_steps * args.world_size
    return CurriculumSampler(scores, args.curriculum_chunks, draws, args.seed, args.curriculum_ramp)


def _lengths(example: PreferenceExample, processor: Any) -> tuple[int, int]:
    """Tokens of chosen and rejected text; 0 without the latter."""
    family = processor_family(processor)
    chosen, rejected = (
        0 if text is None else len(encode_answer(processor.tokenizer, text, example.id, family))
        for text in (example.chosen, example.rejected)
    )
    return chosen, rejected
