"""Greedy answers for many pictures at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image

from altd.describe.prompt import Context, build_prompt, build_question

MAX_NEW_TOKENS = 96


@dataclass(frozen=True)
class Question:
    """One picture in its post, with the lines that were read in it."""

    image: Image.Image
    context: Context
    lines: Sequence[str] = ()


def answer(model: Any, processor: Any, questions: Sequence[Question], batch_size: int) -> Iterator[str]:
    """The model's greedy text for each question, in order.

    Prompts of a batch are padded on the left, where padding does not come between prompt and answer.
    """
    model.eval()
    for start in range(0, len(questions), batch_size):
        yield from _answer_batch(model, processor, questions[start : start + batch_size])


@torch.inference_mode()
def _answer_batch(model: Any, processor: Any, questions: Sequence[Question]) -> list[str]:
    inputs = processor(
        text=[build_prompt(build_question(question.context, question.lines)) for question in questions],
        images=[question.image for question in questions],
        padding=True,
        padding_side="left",
        return_tensors="pt",
    ).to(model.device)
    inputs["pixel_values"] = inputs["pixel_values"].to(model.dtype)
    output = model.generate(**inputs, do_sample=False, num_beams=1, max_new_tokens=MAX_NEW_TOKENS)
    answers = output[:, inputs["input_ids"].shape[1] :]
    return [text.strip() for text in processor.tokenizer.batch_decode(answers, skip_special_tokens=True)]
