"""Stage 2 as one call: preference examples in, an adapter directory or a model out."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from transformers import PrinterCallback, set_seed

from altd.models.loading import Quantization
from altd_trainer.checkpoints import last_checkpoint
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.failures import failures_explained
from altd_trainer.families import load_processor
from altd_trainer.holding import Holding
from altd_trainer.negatives import with_rejected_contexts, with_rejected_images
from altd_trainer.paradigms import LoraSettings, Paradigm, load_policy
from altd_trainer.progress import Report, StepProgress
from altd_trainer.recipe import figures, save_result
from altd_trainer.trainer import MCMDPOConfig, MCMDPOTrainer


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
    prepare: Callable[[Any], None] | None = None,
    holding: Holding | None = None,
) -> dict[str, float]:
    """Train, and write `output_dir/adapter`, or `output_dir/model` when the whole model is trained.

    Under a distributed launcher every process calls this with the same arguments.

    Args:
        model_dir: the base model.
        adapter: the adapter to continue, which is then the reference; None starts a fresh one.
        examples: rejected contexts that are missing are drawn from the examples' own contexts, other
            posts' pictures from theirs.
        output_dir: also keeps checkpoints, from which an interrupted call goes on.
        config: fields of `MCMDPOConfig`.
        held_out: examples to evaluate on.
        quantization: of the base model.
        lora: of a fresh adapter.
        report: told about every log.
        prepare: called with the model before training, to let fewer of its parameters train.
        holding: what is not to be forgotten meanwhile.

    Returns:
        the last training figures, and those on `held_out` under `eval_…`.

    Raises:
        AltdError: `trainer_failed` or `gpu_out_of_memory`: nothing to train on, settings that do not go
            together, a loss that is no number, or too little memory.
        ValueError: an example that cannot be used; the message names it.
    """
    values = {**_DEFAULTS, **config, "output_dir": str(output_dir / "checkpoints")}
    paradigm = Paradigm(**{name: values[name] for name in ("vision_encoder", "adapter") if name in values})
    # a whole model is read before DeepSpeed is configured, which would deal it out before the reference
    policy = load_policy(model_dir, paradigm, quantization, adapter=adapter) if paradigm.is_full else None
    settings = MCMDPOConfig(**values)
    set_seed(settings.seed)
    with failures_explained(settings.per_device_train_batch_size):
        train, held = (_with_negatives(part, examples, settings) for part in (examples, held_out))
        if policy is None:
            device = str(settings.device)
            policy = load_policy(model_dir, paradigm, quantization, adapter=adapter, lora=lora, device=device)
        if prepare is not None:
            prepare(policy)
        processor = load_processor(model_dir)
        trainer = MCMDPOTrainer(
            policy,
            settings,
            processor,
            train,
            eval_dataset=held,
            callbacks=[StepProgress(report)] if report else [],
            holding=holding,
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train(resume_from_checkpoint=last_checkpoint(Path(settings.output_dir)))
        result = figures(trainer) | (trainer.evaluate() if held else {})
    save_result(trainer, processor, output_dir, model_dir.name)
    return result


def _with_negatives(
    examples: Sequence[PreferenceExample], pool: Sequence[PreferenceExample], settings: MCMDPOConfig
) -> list[PreferenceExample]:
    leaves = settings.objective().leaves
    drawn = list(examples)
    if any(context for context, _, _ in leaves):
        drawn = with_rejected_contexts(examples, pool, settings.negative_seed)
    if settings.negative_image == "other" and any(image for _, image, _ in leaves):
        drawn = with_rejected_images(drawn, pool, settings.negative_seed)
    return drawn


_DEFAULTS: Mapping[str, Any] = {
    "num_train_epochs": 1,
    "learning_rate": 5e-5,
    "lr_scheduler_type": "cosine",
    "warmup_steps": 0.1,
    "per_device_train_batch_size": 4,
    "per_device_eval_batch_size": 8,
    "gradient_accumulation_steps": 2,
    "logging_steps": 5,
    "save_steps": 50,
    "save_total_limit": 2,
    "disable_tqdm": True,
}
