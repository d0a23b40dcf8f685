"""What can go wrong in a training run, each as one sentence that names the example or the setting."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from altd.errors import AltdError
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.objective import LEAVES, Objective, PreferenceWeights

_NO_HOST_MEMORY = re.compile(
    r"DefaultCPUAllocator|can't allocate memory|Cannot allocate memory", re.IGNORECASE
)
_FROM_WORKER = re.compile(r"Caught \w+ in DataLoader worker process")
_LOWER = (
    "lower per_device_train_batch_size (now {batch}; raise gradient_accumulation_steps to make up for it), "
    "set row_microbatching or activation_checkpointing"
)


@contextmanager
def failures_explained(batch_size: int) -> Iterator[None]:
    """Turn what libraries raise inside the block into sentences.

    Args:
        batch_size: examples per step and device, which the advice starts from.

    Raises:
        AltdError: `gpu_out_of_memory`, or `trainer_failed` when the machine's own memory ran out.
        ValueError: what a data loading process raised, without the report around it.
    """
    advice = _LOWER.format(batch=batch_size)
    try:
        yield
    except torch.OutOfMemoryError as error:
        message = f"The graphics card's memory is too small for this run: {advice}."
        raise AltdError("gpu_out_of_memory", message) from error
    except MemoryError as error:
        raise _host_memory(advice) from error
    except (RuntimeError, ValueError) as error:
        if _NO_HOST_MEMORY.search(str(error)):
            raise _host_memory(advice) from error
        if _FROM_WORKER.search(str(error)):
            raise ValueError(_last_line(str(error))) from error
        raise


def require_usable(examples: Sequence[PreferenceExample], weights: PreferenceWeights) -> None:
    """Refuse a training set that nothing can be learned from, or whose ids do not tell its examples apart.

    Raises:
        AltdError: `trainer_failed`: it is empty, an id stands in it twice, or no example has a term in force.
    """
    if not examples:
        raise AltdError("trainer_failed", "the training set is empty: there is no example to learn from")
    name, times = Counter(example.id for example in examples).most_common(1)[0]
    if times > 1:
        raise AltdError("trainer_failed", f"example {name} stands {times} times in the training set")
    needs_no_rejected = any(getattr(weights, term) for term, leaf in LEAVES.items() if leaf[2] == 0)
    if not needs_no_rejected and all(example.rejected is None for example in examples):
        raise AltdError(
            "trainer_failed",
            f"none of the {len(examples)} examples has a rejected text, and every term in force "
            "compares with one: add pairs, or give image, context or context_image a weight",
        )


def require_different(
    examples: Sequence[PreferenceExample], held_out: Sequence[PreferenceExample] = ()
) -> None:
    """Refuse a data set with one example under two ids, and held-out examples that are trained on.

    Examples with decoded pictures are told apart by the picture object.

    Raises:
        AltdError: `trainer_failed`, naming the example.
    """
    seen: dict[object, str] = {}
    for example in examples:
        picture = example.image if isinstance(example.image, bytes) else str(example.image)
        content = (picture, example.context, example.lines, example.chosen, example.rejected)
        first = seen.setdefault(content, example.id)
        if first != example.id:
            raise AltdError("trainer_failed", f"examples {first} and {example.id} are the same")
    both = {example.id for example in examples} & {example.id for example in held_out}
    if both:
        raise AltdError("trainer_failed", f"example {min(both)} is trained on and held out")


def require_finite(losses: Tensor, ids: Sequence[str]) -> None:
    """Stop at a loss (B,) that is not a number.

    Raises:
        AltdError: `trainer_failed`, naming the example.
    """
    finite = losses.isfinite().tolist()
    if not all(finite):
        name = ids[finite.index(False)]
        raise AltdError("trainer_failed", f"the loss of example {name} is not a finite number")


def require_reference(model: Any, args: Any, objective: Objective) -> None:
    """Something must train, and there must be a reference for it at every step.

    Args:
        model: with the right parameters trainable.
        args: fields of `MCMDPOConfig`.

    Raises:
        AltdError: `trainer_failed`, with the setting to change.
    """
    trainable = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    problem = None
    if not trainable:
        problem = "the model has no trainable adapter and no trainable weights"
    elif not args.precompute_ref_log_probs and not all(".lora_" in name for name in trainable):
        problem = (
            "training changes the model's own weights, so that nothing would be left of the reference after "
            "the first step: set precompute_ref_log_probs to true"
        )
    elif objective.token_kl and args.precompute_ref_log_probs:
        problem = (
            "token_kl compares whole distributions with the reference's, which are not kept: set "
            "precompute_ref_log_probs to false, or token_kl to 0"
        )
    elif objective.token_kl and (args.row_microbatching or objective.dynamic_beta):
        problem = "token_kl goes neither with row_microbatching nor with dynamic_beta: set one of them off"
    elif args.curriculum_chunks > 1 and not args.precompute_ref_log_probs:
        problem = "curriculum_chunks orders examples by their reference: set precompute_ref_log_probs to true"
    if problem:
        raise AltdError("trainer_failed", problem)


def require_one_step_for_all(
    args: Any, examples: Sequence[PreferenceExample], *, deepspeed: bool, fsdp: bool
) -> None:
    """Processes that share a model's weights must run it equally often.

    Args:
        args: fields of `MCMDPOConfig`.
        deepspeed, fsdp: what shares them.

    Raises:
        AltdError: `trainer_failed`, with the setting to change.
    """
    if not args.row_microbatching:
        return
    if deepspeed:
        problem = "row_microbatching does not go with DeepSpeed, which counts backward passes: set it off"
        raise AltdError("trainer_failed", problem)
    if fsdp and args.layout != "tree" and any(example.rejected is None for example in examples):
        problem = (
            f"with row_microbatching and layout {args.layout} an example without a rejected text has fewer "
            "rows, and processes under FSDP would wait for each other for ever: set layout to tree"
        )
        raise AltdError("trainer_failed", problem)


def require_growable(model: Any, args: Any, *, sharded: bool) -> None:
    """Refuse a growing rank where old parameters or their optimiser states would be held on to.

    Args:
        args: fields of `MCMDPOConfig`.
        sharded: whether the model is wrapped to be shared by processes.

    Raises:
        AltdError: `trainer_failed`, with the setting to change.
    """
    if not args.curriculum_ranks:
        return
    adapter = getattr(model, "peft_config", {}).get("default")
    problem = None
    if adapter is None:
        problem = "curriculum_ranks grows an adapter, and the model's own weights train: set adapter to lora"
    elif sharded or args.world_size > 1:
        problem = "curriculum_ranks wants one process, as others would exchange old parameters: run one"
    elif args.optim not in _GROWING:
        problem = f"curriculum_ranks carries no {args.optim.value} state over: set optim to {_GROWING[0]}"
    elif args.load_best_model_at_end:
        problem = "the best model may have a lower rank than the last: set load_best_model_at_end to false"
    elif adapter.r > args.curriculum_ranks[0]:
        problem = (
            f"the adapter has rank {adapter.r} and can only grow: begin curriculum_ranks with it, not with "
            f"{args.curriculum_ranks[0]}"
        )
    if problem:
        raise AltdError("trainer_failed", problem)


_GROWING = ("adamw_torch", "adamw_torch_fused", "sgd")


def _host_memory(advice: str) -> AltdError:
    return AltdError("trainer_failed", f"The machine's memory is too small for this run: {advice}.")


def _last_line(report: str) -> str:
    """`ValueError: example e3: …` at the end of a worker's report, without the name of the error."""
    return report.strip().splitlines()[-1].partition(": ")[2]
