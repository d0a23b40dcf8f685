"""The ways to take a step that are held against each other, each as a real training run of its trainer.

The released way projects every position onto the vocabulary. What that alone costs can be seen from `rows`,
which is otherwise the same and does so only where something is scored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from datasets import Dataset
from peft import get_peft_model
from trl import DPOConfig, DPOTrainer

from altd.describe.prompt import build_answer, build_prompt, build_question
from altd_trainer.bench.ideal import Costs, Work
from altd_trainer.bench.released import ReleasedTrainer
from altd_trainer.data.images import load_image
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.logprobs import Layout
from altd_trainer.paradigms import LoraSettings, Paradigm
from altd_trainer.settings import MCMDPOConfig
from altd_trainer.trainer import MCMDPOTrainer

Pass = Literal["released", "rows", "vision_shared", "tree", "pair"]


@dataclass(frozen=True)
class Way:
    """One way: what it runs the policy over, whether the reference runs beside it, and rows by themselves.

    `layout` also says which of `measure_work` it is.
    """

    title: str
    layout: Pass
    live_reference: bool
    by_rows: bool = False

    def operations(self, work: Mapping[str, Work], costs: Costs) -> float:
        """The least that a step of one example costs."""
        done = work[self.layout]
        passes = 2 if self.live_reference else 1
        return passes * costs.forward(done) + costs.backward(done)


WAYS: Mapping[str, Way] = {
    "released": Way("as released: eight rows, live reference, logits everywhere", "released", True),
    "rows": Way("eight rows, live reference, logits where scored", "rows", True),
    "vision_shared": Way("eight rows, shared vision, live reference", "vision_shared", True),
    "tree_live": Way("tree, live reference", "tree", True),
    "tree_cached": Way("tree, cached reference", "tree", False),
    "tree_rows": Way("tree, cached reference, one row at a time", "tree", False, by_rows=True),
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
    layout: Layout = "rows" if way == "released" else WAYS[way].layout  # type: ignore[assignment]
    config = MCMDPOConfig(
        **arguments,
        layout=layout,
        precompute_ref_log_probs=not WAYS[way].live_reference,
        row_microbatching=WAYS[way].by_rows,
    )
    model = get_peft_model(base, lora)
    paradigm.mark(model)
    kind = ReleasedTrainer if way == "released" else MCMDPOTrainer
    return kind(model, config, processor, examples, callbacks=[callback])


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
