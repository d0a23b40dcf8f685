"""Which of a person's examples a model can take at all."""

from dataclasses import replace
from pathlib import Path

from transformers import AutoConfig

from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.families import load_processor
from altd_trainer.feedback import Feedback, NotUsed
from altd_trainer.negatives import NegativeConfig


def fitting(feedback: Feedback, model_dir: Path) -> Feedback:
    """The feedback without examples that are too long; their verdicts are named as not used.

    A post in another script can take a token for every byte. One such post must not end every training,
    and cutting it would teach an answer to a question that nobody asked.

    Args:
        feedback: with examples, unwanted ones too, that have a rejected context.
        model_dir: the model to train.
    """
    text = AutoConfig.from_pretrained(model_dir, local_files_only=True).get_text_config()
    limit: int | None = getattr(text, "max_position_embeddings", None)
    collator = DataCollatorForMCMPreference(load_processor(model_dir), NegativeConfig(), limit)
    kept: list[PreferenceExample] = []
    long: list[PreferenceExample] = []
    for example in [*feedback.examples, *feedback.unwanted]:
        (kept if collator.fits(example) else long).append(example)
    used = {verdict for example in kept for verdict in _verdicts(example)}
    unused = dict.fromkeys(verdict for example in long for verdict in _verdicts(example))
    reason = f"post and text are longer than the {limit} tokens that the model takes"
    not_used = [NotUsed(verdict, reason) for verdict in unused if verdict not in used]
    preferences, unwanted = (
        [example for example in kept if (example.evidence == "rejected") is alone] for alone in (False, True)
    )
    return replace(
        feedback, examples=preferences, unwanted=unwanted, not_used=[*feedback.not_used, *not_used]
    )


def _verdicts(example: PreferenceExample) -> list[str]:
    """Verdicts that an example rests on, which its id names."""
    return example.id.split(":")[1:]
