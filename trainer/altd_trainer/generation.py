"""Greedy answers for many pictures at once, to the prompts that the model's family was trained on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from transformers import LogitsProcessor

from altd.describe.prompt import Context
from altd_trainer.collator import encode_prompt
from altd_trainer.families import processor_family

MAX_NEW_TOKENS = 96


@dataclass(frozen=True)
class Question:
    """One picture in its post, with the lines that were read in it."""

    image: Image.Image
    context: Context
    lines: Sequence[str] = ()


class Sureness(LogitsProcessor):  # type: ignore[misc]  # transformers has no types
    """Listens to greedy answers for how probable their tokens are, and changes nothing.

    Attributes:
        mean_logps: of each answer, in nats, the end token included: what the daemon compares with
            `Thresholds.min_mean_logp_said`.
    """

    def __init__(self) -> None:
        self.mean_logps: list[float] = []
        self._steps: list[Tensor] = []

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Keep the log-probabilities (B,) of the likeliest tokens, which greedy answers take."""
        self._steps.append(scores.amax(-1) - scores.logsumexp(-1))
        return scores

    def end(self, answers: Tensor, ends: Sequence[int]) -> None:
        """Conclude a batch of answers (B, T), each up to the first of the end tokens."""
        logps = torch.stack(self._steps, dim=1)  # (B, T)
        ended = torch.isin(answers, torch.tensor(ends, dtype=answers.dtype, device=answers.device))
        said = (ended.cumsum(1) - ended.long()) == 0  # up to its end, which is said as well
        self.mean_logps += (logps.where(said, 0.0).sum(1) / said.sum(1)).tolist()
        self._steps.clear()


def answer(
    model: Any,
    processor: Any,
    questions: Sequence[Question],
    batch_size: int,
    sureness: Sureness | None = None,
) -> Iterator[str]:
    """The model's greedy text for each question, in order.

    Args:
        processor: from `altd_trainer.families.load_processor`.
        sureness: told about each text.
    """
    model.eval()
    for start in range(0, len(questions), batch_size):
        yield from _answer_batch(model, processor, questions[start : start + batch_size], sureness)


@torch.inference_mode()
def _answer_batch(
    model: Any, processor: Any, questions: Sequence[Question], sureness: Sureness | None
) -> list[str]:
    prompts = prompt_inputs(processor, questions, model.config)
    inputs = {
        name: value.to(model.device, model.dtype if value.is_floating_point() else value.dtype)
        for name, value in prompts.items()
    }
    listening = {} if sureness is None else {"logits_processor": [sureness]}
    output = model.generate(
        **inputs, do_sample=False, num_beams=1, max_new_tokens=MAX_NEW_TOKENS, **listening
    )
    answers = output[:, inputs["input_ids"].shape[1] :]
    if sureness is not None:
        sureness.end(answers, _end_tokens(model))
    return [text.strip() for text in processor.tokenizer.batch_decode(answers, skip_special_tokens=True)]


def _end_tokens(model: Any) -> list[int]:
    ends = model.generation_config.eos_token_id
    return [ends] if isinstance(ends, int) else list(ends or ())


def prompt_inputs(processor: Any, questions: Sequence[Question], config: Any) -> dict[str, Tensor]:
    """Prompts (B, L) and their pictures, by the names that the model takes.

    They are padded on the left, where padding does not come between prompt and answer.

    Args:
        config: the model's, which some families' rows depend on.
    """
    family, tokenizer = processor_family(processor), processor.tokenizer
    pictures = [family.encode_image(processor, question.image) for question in questions]
    rows = [
        torch.tensor(encode_prompt(processor, picture, question.context, question.lines))
        for picture, question in zip(pictures, questions, strict=True)
    ]
    vision = family.join_images(pictures)
    padding = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    input_ids = _left_padded(rows, padding)
    return {
        "input_ids": input_ids,
        "attention_mask": _left_padded([torch.ones_like(row) for row in rows], 0),
        **vision,
        **family.row_inputs(input_ids, vision, config),
    }


def _left_padded(rows: Sequence[Tensor], value: int) -> Tensor:
    return pad_sequence(list(rows), batch_first=True, padding_value=value, padding_side="left")
