"""Batches as they leave the collator."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from altd.describe.prompt import Context
from altd.models.loading import load_processor
from altd_trainer.collator import OWN_PAIR, DataCollatorForMCMPreference, encode_answer, encode_prompts
from altd_trainer.data import PreferenceExample
from altd_trainer.negatives import NegativeConfig
from altd_trainer.objective import segment_weights

MakeExamples = Callable[[int], list[PreferenceExample]]


def collator(model_dir: Path, **options: object) -> DataCollatorForMCMPreference:
    return DataCollatorForMCMPreference(load_processor(model_dir), NegativeConfig(), **options)  # type: ignore[arg-type]


def test_the_first_tensor_has_the_batchs_length(model_dir: Path, make_examples: MakeExamples) -> None:
    for layout in ("tree", "vision_shared", "rows"):
        batch = collator(model_dir, layout=layout)(make_examples(3))
        first = next(value for value in batch.values() if isinstance(value, torch.Tensor))
        assert first.tolist() == [True, True, False]


@pytest.mark.parametrize(("layout", "rows"), [("tree", 6), ("vision_shared", 20), ("rows", 20)])
def test_rows_of_a_layout(layout: str, rows: int, model_dir: Path, make_examples: MakeExamples) -> None:
    batch = collator(model_dir, layout=layout)(make_examples(3))
    assert len(batch["input_ids"]) == rows  # the third example has no rejected response
    assert len(batch["vision"]["pixel_values"]) == 6
    assert set(batch["scores"][:, 3].tolist()) == set(range(24)) - {17, 19, 21, 23}


def test_the_tree_has_each_token_once(model_dir: Path, make_examples: MakeExamples) -> None:
    (example,) = make_examples(1)
    processor = load_processor(model_dir)
    assert example.rejected is not None
    assert example.rejected_context is not None
    prompts, _ = encode_prompts(processor, example.image, [example.context, example.rejected_context], ())
    answers = [encode_answer(processor.tokenizer, text, "") for text in (example.chosen, example.rejected)]
    paths = [tuple(prompt + answer) for prompt in prompts for answer in answers]
    tokens = {path[:length] for path in paths for length in range(1, len(path) + 1)}
    batch = collator(model_dir, layout="tree")([example])
    assert batch["attention_mask"].sum(dim=1).tolist() == [len(tokens)] * 2


def test_lengths_are_those_of_the_chosen_answers(model_dir: Path, make_examples: MakeExamples) -> None:
    examples, tokenizer = make_examples(3), load_processor(model_dir).tokenizer
    batch = collator(model_dir)(examples)
    assert batch["lengths"].tolist() == [len(encode_answer(tokenizer, e.chosen, e.id)) for e in examples]


def test_t11_a_long_example_is_named_and_never_cut(model_dir: Path, make_examples: MakeExamples) -> None:
    (example,) = make_examples(1)
    longest = max(len(row) for row in collator(model_dir, layout="rows")([example])["input_ids"])
    for layout in ("tree", "rows"):
        assert collator(model_dir, layout=layout, max_length=longest).fits(example)
        collator(model_dir, layout=layout, max_length=longest)([example])
        short = collator(model_dir, layout=layout, max_length=longest - 1)
        assert not short.fits(example)
        with pytest.raises(ValueError, match=f"example e0: {longest} tokens, the model takes {longest - 1}"):
            short([example])


def test_an_example_without_rejected_context_is_named(model_dir: Path, make_examples: MakeExamples) -> None:
    (example,) = make_examples(1)
    with pytest.raises(ValueError, match="example e0: it has no rejected context yet"):
        collator(model_dir)([replace(example, rejected_context=None)])


def test_only_wanted_combinations_are_laid_out(model_dir: Path, make_examples: MakeExamples) -> None:
    (example,) = make_examples(1)
    alone = replace(example, rejected_context=None)  # which the pair does not need
    batch = collator(model_dir, layout="tree", leaves=OWN_PAIR)([alone])
    assert len(batch["input_ids"]) == len(batch["vision"]["pixel_values"]) == 1
    assert set(batch["scores"][:, 3].tolist()) == {0, 1}


def test_an_example_of_two_texts_alone_has_neither_another_picture_nor_another_context(
    model_dir: Path, make_examples: MakeExamples
) -> None:
    whole, pair = make_examples(2)
    pair = replace(pair, response_only=True, rejected_context=None)
    batch = collator(model_dir, layout="tree")([whole, pair])
    assert set(batch["scores"][:, 3].tolist()) == {*range(8), 8, 9}
    assert len(batch["vision"]["pixel_values"]) == 3
    assert batch["response_only"].tolist() == [False, True]


def test_changed_spans_weigh_more_in_every_leaf(model_dir: Path, make_examples: MakeExamples) -> None:
    (example,) = make_examples(1)
    tokenizer = load_processor(model_dir).tokenizer
    assert example.rejected is not None
    weights = segment_weights(
        encode_answer(tokenizer, example.chosen, ""), encode_answer(tokenizer, example.rejected, ""), 4.0
    )
    for layout in ("tree", "rows"):
        batch = collator(model_dir, layout=layout, segment_weight=4.0)([example])
        for leaf in range(8):
            own = batch["scores"][:, 3] == leaf
            assert batch["score_weights"][own].tolist() == weights[leaf % 2]


def test_an_answer_with_a_special_token_is_refused(model_dir: Path) -> None:
    tokenizer = load_processor(model_dir).tokenizer
    with pytest.raises(ValueError, match="example x: the answer does not end in, or contains"):
        encode_answer(tokenizer, "A dot.</s> And more.", "x")


def test_a_context_without_text_is_laid_out(model_dir: Path, make_examples: MakeExamples) -> None:
    (example,) = make_examples(1)
    batch = collator(model_dir, layout="tree")([replace(example, context=Context())])
    assert len(batch["input_ids"]) == 2
