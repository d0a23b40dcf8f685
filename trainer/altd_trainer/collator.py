"""Preference examples → the rows of one batch, one row per combination of context, image and response.

Prompt and answer are tokenised apart and joined (`altd.describe.prompt`), rows are padded on the right,
and the two pictures of an example are sent once each; rows name the picture they show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypedDict

import torch
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from altd.describe.prompt import Context, build_answer, build_prompt, build_question
from altd_trainer.data.images import load_image
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.negatives import NegativeConfig, rejected_pixels

IGNORED = -100


class PreferenceBatch(TypedDict):
    """Tensors of a batch of B examples in R rows of length L.

    `has_rejected` stands first because the library takes the batch size from the first tensor.
    """

    has_rejected: Tensor  # (B,) bool
    weights: Tensor  # (B,) float
    input_ids: Tensor  # (R, L)
    attention_mask: Tensor  # (R, L)
    labels: Tensor  # (R, L) the answer and its end token, elsewhere IGNORED
    pixel_values: Tensor  # (2B, 3, H, W) chosen and rejected picture of each example
    row_images: Tensor  # (R,) index into pixel_values
    row_leaves: Tensor  # (R,) example * 8 + context * 4 + image * 2 + response
    ids: list[str]  # (B,) for messages and the reference cache


@dataclass(frozen=True)
class DataCollatorForMCMPreference:
    """Tokenises, draws the rejected pictures and pads.

    Attributes:
        processor: a LLaVA-like processor with `tokenizer` and `image_processor`.
        negatives: how rejected pictures are made.
        max_length: tokens that the model takes; None does not check.
    """

    processor: Any
    negatives: NegativeConfig
    max_length: int | None = None

    def __call__(self, examples: Sequence[PreferenceExample]) -> PreferenceBatch:
        """Build the batch.

        Raises:
            ValueError: an unreadable image, an example without rejected context or one that is too
                long; the message names the example.
        """
        ids: list[Tensor] = []
        labels: list[Tensor] = []
        leaves: list[int] = []
        images: list[int] = []
        pixels: list[Tensor] = []
        for index, example in enumerate(examples):
            pair, prompts = self._encode(example)
            pixels.extend(pair)
            for leaf, (context, image, response) in enumerate(product((0, 1), repeat=3)):
                text = example.rejected if response else example.chosen
                if text is None:
                    continue
                row_ids, row_labels = self._row(example.id, prompts[context], text)
                ids.append(row_ids)
                labels.append(row_labels)
                images.append(2 * index + image)
                leaves.append(8 * index + leaf)
        return PreferenceBatch(
            has_rejected=torch.tensor([example.rejected is not None for example in examples]),
            weights=torch.tensor([example.weight for example in examples]),
            input_ids=pad_sequence(ids, batch_first=True, padding_value=self._padding),
            attention_mask=pad_sequence([torch.ones_like(row) for row in ids], batch_first=True),
            labels=pad_sequence(labels, batch_first=True, padding_value=IGNORED),
            pixel_values=torch.stack(pixels),
            row_images=torch.tensor(images),
            row_leaves=torch.tensor(leaves),
            ids=[example.id for example in examples],
        )

    def fits(self, example: PreferenceExample) -> bool:
        """Whether the model takes the example's longest row."""
        texts = [text for text in (example.chosen, example.rejected) if text is not None]
        answers = [encode_answer(self.processor.tokenizer, text, example.id) for text in texts]
        _, prompts = self._encode(example)
        return self.max_length is None or max(map(len, prompts)) + max(map(len, answers)) <= self.max_length

    @property
    def _padding(self) -> int:
        tokenizer = self.processor.tokenizer
        return int(tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id)

    def _encode(self, example: PreferenceExample) -> tuple[tuple[Tensor, Tensor], list[list[int]]]:
        """Chosen and rejected pixels, and the prompts of chosen and rejected context."""
        if example.rejected_context is None:
            raise ValueError(f"example {example.id}: it has no rejected context yet")
        image = load_image(example)
        contexts = [example.context, example.rejected_context]
        prompts, chosen = encode_prompts(self.processor, image, contexts, example.lines)
        rejected = rejected_pixels(image, chosen, self._pixels, self.negatives, example.id)
        return (chosen, rejected), prompts

    def _pixels(self, image: Image.Image) -> Tensor:
        pixels: Tensor = self.processor.image_processor(image, return_tensors="pt")["pixel_values"][0]
        return pixels

    def _row(self, example_id: str, prompt: list[int], text: str) -> tuple[Tensor, Tensor]:
        answer = encode_answer(self.processor.tokenizer, text, example_id)
        length = len(prompt) + len(answer)
        if self.max_length is not None and length > self.max_length:
            raise ValueError(f"example {example_id}: {length} tokens, the model takes {self.max_length}")
        return torch.tensor(prompt + answer), torch.tensor([IGNORED] * len(prompt) + answer)


def encode_prompts(
    processor: Any, image: Image.Image, contexts: Sequence[Context], lines: Sequence[str]
) -> tuple[list[list[int]], Tensor]:
    """Token ids of one prompt per context, image placeholders expanded, and the picture's pixels."""
    first, *others = (build_prompt(build_question(context, lines)) for context in contexts)
    encoded = processor(text=[first], images=[image], return_tensors=None)
    ids = list(encoded["input_ids"][0])
    # the picture is preprocessed once; it takes as many places in every other prompt
    places = processor.image_token * ids.count(processor.image_token_id)
    expanded = [prompt.replace(processor.image_token, places, 1) for prompt in others]
    rest = processor.tokenizer(expanded)["input_ids"] if expanded else []
    return [ids, *map(list, rest)], torch.as_tensor(encoded["pixel_values"][0])


def encode_answer(tokenizer: Any, text: str, example_id: str) -> list[int]:
    """Token ids of an answer with its end token.

    Raises:
        ValueError: naming the example, when the text holds special tokens of its own or the tokenizer
            does not end answers as the prompt module does.
    """
    ids: list[int] = tokenizer(build_answer(text), add_special_tokens=False)["input_ids"]
    special = set(tokenizer.all_special_ids)
    if ids[-1] != tokenizer.eos_token_id or any(token in special for token in ids[:-1]):
        raise ValueError(f"example {example_id}: the answer does not end in, or contains, a special token")
    return ids
