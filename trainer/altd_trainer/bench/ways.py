"""The ways to take a step that are held against each other, each as a real training run of its trainer.

The released way is the eight rows with a live reference, kept as cheap as it can be: the vocabulary is
projected only where something is scored, which the released code does not do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from datasets import Dataset
from peft import get_peft_model
from trl import DPOConfig, DPOTrainer

from altd.describe.prompt import build_answer, build_prompt, build_question
from altd_trainer.bench.ideal import Costs, Work
from altd_trainer.data.images import load_image
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.logprobs import Layout
from altd_trainer.paradigms import LoraSettings, Paradigm
from altd_trainer.settings import MCMDPOConfig
from altd_trainer.trainer import MCMDPOTrainer

Pass = Literal["rows", "vision_shared", "tree", "pair"]


@dataclass(frozen=True)
class Way:
    """One way: what it runs the policy over, and whether the reference runs beside it."""

    title: str
    layout: Pass
    live_reference: bool

    def operations(self, work: Mapping[str, Work], costs: Costs) -> float:
        """The least that a step of one example costs."""
        done = work[self.layout]
        passes = 2 if self.live_reference else 1
        return passes * costs.forward(done) + costs.backward(done)


WAYS: Mapping[str, Way] = {
    "released": Way("eight rows, live reference", "rows", True),
    "vision_shared": Way("eight rows, shared vision, live reference", "vision_shared", True),
    "tree_live": Way("tree, live reference", "tree", True),
    "tree_cached": Way("tree, cached reference", "tree", False),
    "trl_dpo": Way("TRL's DPOTrainer, response pair alone", "pair", True),
}


def make_trainer(
    way: str,
    base: Any,
    processor: Any,
    examples: Sequence[PreferenceExample],
    arguments: Mapping[str, Any],
    callback: Any,
) -> Any:
    """The trainer of a way: a fresh adapter on language model and projector, the tower frozen.

    Args:
        base: the bare model.
        arguments: of `transformers.TrainingArguments`.
        callback: told about the steps.
    """
    paradigm = Paradigm()
    lora = paradigm.lora(LoraSettings(), base.config)
    if way == "trl_dpo":
        return DPOTrainer(
            model=base,
            args=DPOConfig(**arguments, max_length=None, activation_checkpointing=False, bf16=False),
            train_dataset=_table(examples),
            processing_class=processor,
            peft_config=lora,
            callbacks=[callback],
        )
    layout: Layout = WAYS[way].layout  # type: ignore[assignment]  # `pair` went above
    config = MCMDPOConfig(**arguments, layout=layout, precompute_ref_log_probs=not WAYS[way].live_reference)
    model = get_peft_model(base, lora)
    paradigm.mark(model)
    return MCMDPOTrainer(model, config, processor, examples, callbacks=[callback])


def _table(examples: Sequence[PreferenceExample]) -> Dataset:
    """The response pairs as TRL's trainer takes them, with the prompts that ours sees."""
    rows = [
        {
            "image": load_image(example),
            "prompt": build_prompt(build_question(example.context, example.lines)),
            "chosen": build_answer(example.chosen),
            "rejected": build_answer(example.rejected or ""),
        }
        for example in examples
    ]
    return Dataset.from_list(rows)
