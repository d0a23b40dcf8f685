"""Preference examples → one batch: the combinations of context, image and response, laid out in rows.

Prompt and answer are tokenised apart and joined (`altd.describe.prompt`), rows are padded on the right,
and the two pictures of an example are sent once each. In the layouts of plain rows a row is one
combination and names the picture that it shows; in the tree a row is all combinations with one picture.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, NotRequired, TypedDict

import torch
from PIL import Image
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from altd.describe.prompt import Context, build_answer, build_question
from altd_trainer.data.images import load_image, load_rejected_image
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.families import Family, Vision, processor_family
from altd_trainer.negatives import NegativeConfig, rejected_inputs
from altd_trainer.objective import segment_weights
from altd_trainer.tree import Branch, TreeRow, grow

Layout = Literal["tree", "vision_shared", "rows"]
Leaf = tuple[int, int, int]

ALL_LEAVES: tuple[Leaf, ...] = tuple(product((0, 1), (0, 1), (0, 1)))
OWN_PAIR: tuple[Leaf, ...] = ((0, 0, 0), (0, 0, 1))
"""Both responses to the example's own image and context: what plain DPO compares."""


class PreferenceBatch(TypedDict):
    """A batch of B examples in R rows of length L with N pictures and P scored tokens.

    `has_rejected` stands first because the library takes the batch size from the first tensor.
    """

    has_rejected: Tensor  # (B,) bool
    response_only: Tensor  # (B,) bool
    weights: Tensor  # (B,) float
    lengths: Tensor  # (B,) tokens of the chosen answer
    input_ids: Tensor  # (R, L)
    attention_mask: Tensor  # (R, L) 1 where there is a token
    scores: Tensor  # (P, 5) row, column of the predecessor, target, leaf, place in the answer
    score_weights: Tensor  # (P,) factors of the tokens' log-probabilities
    vision: Vision  # N pictures, as the family joins them
    row_images: Tensor  # (R,) which of them a row shows
    layout: Layout
    ids: list[str]  # (B,) for messages and the reference cache
    ends: NotRequired[Tensor]  # (R, L) of trees, see `tree.layout`
    depths: NotRequired[Tensor]  # (R, L) of trees


@dataclass(frozen=True)
class DataCollatorForMCMPreference:
    """Tokenises, makes the rejected pictures, lays out and pads.

    Attributes:
        processor: of a family that `altd_trainer.families` knows.
        negatives: how rejected pictures are made.
        max_length: tokens of one combination that the model takes; None does not check.
        layout: `tree` runs what combinations have in common once; `vision_shared` is a row for each of
            them, with each picture's features computed once; `rows` computes everything for every row.
        segment_weight: weight of tokens in spans where chosen and rejected differ (CHiP); 1 is off.
        leaves: the combinations `(context, image, response)` that are wanted; others are not computed.
    """

    processor: Any
    negatives: NegativeConfig
    max_length: int | None = None
    layout: Layout = "tree"
    segment_weight: float = 1.0
    leaves: Collection[Leaf] = ALL_LEAVES

    def __call__(self, examples: Sequence[PreferenceExample]) -> PreferenceBatch:
        """Build the batch.

        Raises:
            ValueError: an unreadable image, an example without rejected context or one that is too
                long; the message names the example.
        """
        rows: list[TreeRow] = []
        row_images: list[int] = []
        pictures: list[Mapping[str, Tensor]] = []
        for index, example in enumerate(examples):
            for inputs, branches in self._by_image(index, example):
                grown = self._lay_out(example, branches)
                rows.extend(grown)
                row_images.extend([len(pictures)] * len(grown))
                pictures.append(inputs)
        batch = PreferenceBatch(
            has_rejected=torch.tensor([example.rejected is not None for example in examples]),
            response_only=torch.tensor([example.response_only for example in examples]),
            weights=torch.tensor([example.weight for example in examples]),
            lengths=torch.tensor([len(self._answer(example, example.chosen)) for example in examples]),
            input_ids=_padded([row.ids for row in rows], self._padding),
            attention_mask=_padded([[1] * len(row.ids) for row in rows], 0),
            scores=torch.tensor([(at, *score[:4]) for at, row in enumerate(rows) for score in row.scores]),
            score_weights=torch.tensor([score.weight for row in rows for score in row.scores]),
            vision=self._family.join_images(pictures),
            row_images=torch.tensor(row_images),
            layout=self.layout,
            ids=[example.id for example in examples],
        )
        if self.layout == "tree":
            batch["ends"], batch["depths"] = _tree_shape(rows, batch["input_ids"].shape[1])
        return batch

    def fits(self, example: PreferenceExample) -> bool:
        """Whether the model takes the example's longest combination."""
        lengths = [len(branch.ids) for _, branches in self._by_image(0, example) for branch in branches]
        return self.max_length is None or max(lengths) <= self.max_length

    @property
    def _family(self) -> Family:
        return processor_family(self.processor)

    @property
    def _padding(self) -> int:
        tokenizer = self.processor.tokenizer
        return int(tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id)

    def _by_image(self, index: int, example: PreferenceExample) -> list[tuple[Vision, list[Branch]]]:
        """For each wanted picture of an example, its tensors and the combinations that show it."""
        leaves = self._leaves(example)
        contexts = self._contexts(example, leaves)
        answers = [self._answer(example, text) for text in (example.chosen, example.rejected) if text]
        weights = self._weights(answers)
        shown = []
        for image, inputs in self._pictures(example, leaves).items():
            prompts = [encode_prompt(self.processor, inputs, each, example.lines) for each in contexts]
            branches = [
                Branch(
                    leaf=8 * index + 4 * context + 2 * image + response,
                    ids=prompts[context] + answers[response],
                    prompt=len(prompts[context]),
                    weights=weights[response],
                )
                for context, shows, response in leaves
                if shows == image
            ]
            shown.append((inputs, branches))
        return [(inputs, branches) for inputs, branches in shown if branches]

    def _leaves(self, example: PreferenceExample) -> list[Leaf]:
        """The wanted combinations that there are of an example."""
        pair = OWN_PAIR if example.response_only else ALL_LEAVES
        return sorted(leaf for leaf in self.leaves if leaf in pair and (example.rejected or not leaf[2]))

    @staticmethod
    def _contexts(example: PreferenceExample, leaves: Sequence[Leaf]) -> list[Context]:
        """The context, and the rejected one where it is wanted."""
        if not any(leaf[0] for leaf in leaves):
            return [example.context]
        if example.rejected_context is None:
            raise ValueError(f"example {example.id}: it has no rejected context yet")
        return [example.context, example.rejected_context]

    def _pictures(self, example: PreferenceExample, leaves: Sequence[Leaf]) -> dict[int, Vision]:
        """The picture's tensors, and the rejected one's where it is wanted."""

        def encode(picture: Image.Image) -> Vision:
            return self._family.encode_image(self.processor, picture)

        image = load_image(example)
        chosen = encode(image)
        if not any(leaf[1] for leaf in leaves):
            return {0: chosen}
        donor = load_rejected_image(example)
        return {0: chosen, 1: rejected_inputs(example, image, chosen, encode, self.negatives, donor)}

    def _answer(self, example: PreferenceExample, text: str) -> list[int]:
        return encode_answer(self.processor.tokenizer, text, example.id, self._family)

    def _weights(self, answers: Sequence[list[int]]) -> tuple[Sequence[float], Sequence[float]]:
        """Factors of the tokens of both answers; none where all weigh the same."""
        if self.segment_weight == 1 or len(answers) < 2:
            return (), ()
        chosen, rejected = answers
        return segment_weights(chosen, rejected, self.segment_weight)

    def _lay_out(self, example: PreferenceExample, branches: Sequence[Branch]) -> list[TreeRow]:
        """The rows of the combinations that show one picture."""
        require_length(example.id, max(len(branch.ids) for branch in branches), self.max_length)
        if self.layout != "tree":
            return [grow([branch]) for branch in branches]
        try:
            return [grow(branches, whole=self.processor.image_token_id)]
        except ValueError as error:
            raise ValueError(f"example {example.id}: {error}") from error


def encode_prompts(
    processor: Any, image: Image.Image, contexts: Sequence[Context], lines: Sequence[str]
) -> tuple[list[list[int]], Tensor]:
    """Token ids of one prompt per context, image placeholders expanded, and the picture's pixels."""
    inputs = processor_family(processor).encode_image(processor, image)
    ids = [encode_prompt(processor, inputs, context, lines) for context in contexts]
    return ids, inputs["pixel_values"][0]


def encode_prompt(processor: Any, picture: Vision, context: Context, lines: Sequence[str]) -> list[int]:
    """Token ids of the prompt before an answer, in training as in generation.

    Args:
        picture: the family's tensors of the picture, which say how many places it takes.
    """
    family = processor_family(processor)
    return family.expand_prompt(processor, family.prompt(processor, build_question(context, lines)), picture)


def encode_answer(tokenizer: Any, text: str, example_id: str, family: Family | None = None) -> list[int]:
    """Token ids of an answer with its end token.

    Args:
        family: whose way to end an answer; None is LLaVA's.

    Raises:
        ValueError: naming the example, when the text holds special tokens of its own or the tokenizer
            does not end answers as the prompt module does.
    """
    whole = family.answer(tokenizer, text) if family else build_answer(text)
    ids: list[int] = tokenizer(whole, add_special_tokens=False)["input_ids"]
    special = set(tokenizer.all_special_ids)
    if ids[-1] != tokenizer.eos_token_id or any(token in special for token in ids[:-1]):
        raise ValueError(f"example {example_id}: the answer does not end in, or contains, a special token")
    return ids


def model_length(config: Any) -> int | None:
    """Tokens of one row that a model was built for, by its configuration; None where that does not say."""
    return getattr(config.get_text_config(), "max_position_embeddings", None)


def require_length(example_id: str, tokens: int, limit: int | None) -> None:
    """Refuse a row that the model does not take.

    Raises:
        ValueError: naming the example.
    """
    if limit is not None and tokens > limit:
        raise ValueError(f"example {example_id}: {tokens} tokens, the model takes {limit}")


def _padded(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    return pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=value)


def _tree_shape(rows: Sequence[TreeRow], length: int) -> tuple[Tensor, Tensor]:
    """`ends` and `depths` (R, L); a column of padding ends where it stands."""
    padding = [range(len(row.ids) + 1, length + 1) for row in rows]
    ends = torch.tensor([[*row.ends, *columns] for row, columns in zip(rows, padding, strict=True)])
    return ends, _padded([row.depths for row in rows], 0)
