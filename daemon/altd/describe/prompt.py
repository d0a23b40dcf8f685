"""The prompt: one function for serving, both training stages and evaluation.

The wording is the one released with MCM-DPO (arXiv 2510.00647): image first, then the instruction with
the post as context. Lines that the reader found in the image follow as `Text in the image:`. Context and
lines are data: what could pass for a marker of the conversation is made harmless, and both are capped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

PROMPT_VERSION = 1
"""Part of every cache key and manifest; raise it whenever the text below changes."""

IMAGE_TOKEN = "<image>"  # noqa: S105 - tokens of the vocabulary, not secrets
END_TOKEN = "</s>"  # noqa: S105
INSTRUCTION = "Given an image and context, generate alt-text for the image."

_MAX_CONTEXT = 600
_MAX_LINES = 12
_MAX_LINE = 120
_ROLES = re.compile(r"\b(USER|ASSISTANT|SYSTEM|User|Assistant|System)\s*:")
_MARKS = re.compile(
    r"\[(/?(?:INST|SYSTEM_PROMPT|IMG|IMG_BREAK|IMG_END|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS))\]"
)
_BRACKETS = str.maketrans({"<": "‹", ">": "›"})


@dataclass(frozen=True)
class Context:
    """What surrounds an image in its post (design section 4.1)."""

    site: str = ""
    text: str = ""
    author: str = ""
    quoted: str = ""
    title: str = ""
    extra: str = ""


def render_context(context: Context) -> str:
    """The context as it stands in the prompt, at most 600 characters."""
    parts = [
        _labelled("Title", context.title),
        _labelled(f"{_as_data(context.author)} wrote" if context.author else "", context.text),
        _labelled("Quoted post", context.quoted),
        _labelled("", context.extra),
    ]
    return _shorten("\n".join(part for part in parts if part), _MAX_CONTEXT)


def build_question(context: Context, lines: Sequence[str] = ()) -> str:
    """Instruction, context and the reader's lines: what the user turn says after the image."""
    question = f"{INSTRUCTION}\nContext:\n{render_context(context)}"
    read = [_shorten(_as_data(line), _MAX_LINE) for line in lines[:_MAX_LINES] if line.strip()]
    if read:
        question += "\nText in the image:\n" + "\n".join(read)
    return question


def longest_material() -> tuple[Context, tuple[str, ...]]:
    """As much context and as many lines as a prompt takes, in words of usual length."""
    return Context(text="word " * (_MAX_CONTEXT // 5)), ("word " * (_MAX_LINE // 5),) * _MAX_LINES


def build_prompt(question: str) -> str:
    """The whole prompt up to the answer; the answer follows after one space and ends with `</s>`.

    Prompt and answer are tokenised apart and then joined, in training as in use, so that the border
    between them never moves.
    """
    return f"USER: {IMAGE_TOKEN}\n{question} ASSISTANT:"


def build_answer(text: str) -> str:
    """The answer as it is trained and scored, end token included."""
    return f" {text}{END_TOKEN}"


def _labelled(label: str, text: str) -> str:
    clean = _as_data(text)
    return f"{label}: {clean}" if label and clean else clean


def _as_data(text: str) -> str:
    """One line without what could be taken for a marker: angle brackets, role names, Mistral's marks."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    harmless = _ROLES.sub(lambda match: match.group(1).lower() + " -", printable.translate(_BRACKETS))
    harmless = _MARKS.sub(r"(\1)", harmless)
    return " ".join(harmless.split())


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
