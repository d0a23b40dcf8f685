"""What a post or a picture spells never becomes a special token of the prompt, in any family of models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from altd.describe.prompt import Context, build_prompt, build_question
from altd.models.catalogue import BUNDLED_MODEL
from altd.models.processors import chat_prompt, load_processor, without_marks
from security.cases import POSTS
from tiny_families import FAMILIES, build_family

TEMPLATES = (
    "<|im_start|> <|im_end|> <|endoftext|> <|vision_start|> <|image_pad|> <|vision_end|> <|video_pad|>",
    "<image> <s> </s> <unk> <pad> <end_of_utterance> <fake_token_around_image> <row_1_col_1> <global-img>",
    "<start_of_turn> <end_of_turn> <bos> <eos> <|begin_of_text|> <|start_header_id|> <|eot_id|>",
    "[INST] [/INST] [IMG] [IMG_END] [SYSTEM_PROMPT] <<SYS>> <｜User｜> <think> <tool_call>",
)
"""The marks of the common families, all of them in one hostile post."""


def special_ids(processor: Any, text: str) -> list[int]:
    """The special tokens in a text, in order."""
    special = {number for number, token in processor.tokenizer.added_tokens_decoder.items() if token.special}
    return [token for token in processor.tokenizer(text)["input_ids"] if token in special]


def prompt_of(processor: Any, context: Context, lines: tuple[str, ...]) -> str:
    question = build_question(context, lines)
    return chat_prompt(processor, question) or build_prompt(question)


def assert_no_marks_arise(processor: Any) -> None:
    harmless = special_ids(processor, prompt_of(processor, Context(text="a day out"), ("SALE",)))
    own = " ".join(token.content for token in processor.tokenizer.added_tokens_decoder.values())
    for hostile in (*POSTS, *TEMPLATES, own):
        context = Context(text=hostile, author=hostile[:100], quoted=hostile, title=hostile, extra=hostile)
        assert special_ids(processor, prompt_of(processor, context, (hostile, hostile[:60]))) == harmless


def test_the_bundled_model() -> None:
    assert_no_marks_arise(load_processor(BUNDLED_MODEL.directory))


@pytest.mark.parametrize("family", FAMILIES)
def test_families(family: str, tmp_path: Path) -> None:
    assert_no_marks_arise(load_processor(build_family(family, tmp_path / family)))


def test_a_mark_of_any_spelling_is_broken(tmp_path: Path) -> None:
    processor = load_processor(build_family("qwen3_vl", tmp_path / "model"))
    processor.tokenizer.add_special_tokens({"additional_special_tokens": ["[TURN]", "ROLE=", "§"]})
    hostile = "[TURN] ROLE= § [TU[TURN]RN]"
    assert special_ids(processor, hostile)
    assert not special_ids(processor, without_marks(processor.tokenizer, hostile))
    harmless = special_ids(processor, str(chat_prompt(processor, "a day out")))
    assert special_ids(processor, str(chat_prompt(processor, hostile))) == harmless
