"""From what a model said and what the reader read to what is served; the same for every engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Literal

from altd.describe.clean import LONG_LIMIT, clean, clean_read_text
from altd.describe.confidence import Candidate, Thresholds, Verdict, judge, loops
from altd.describe.names import mend_names
from altd.describe.prompt import Context, render_context
from altd.describe.quotes import mend_quotes
from altd.engine.protocol import Describe


def tidier(ask: Describe, lines: tuple[str, ...], thresholds: Thresholds) -> Callable[[str], str]:
    """A function that tidies what the model says to a question."""
    post, plain = tuple(ask.context.values()), _long if ask.detail == "long" else clean
    return lambda text: tidied(text, post, lines, thresholds, plain)


def tidied(
    text: str,
    post: Sequence[str],
    lines: Sequence[str],
    thresholds: Thresholds,
    plain: Callable[[str], str] = clean,
) -> str:
    """A text cleaned, with quotations as they were read and names as posted."""
    quoted = mend_quotes(plain(text), lines, thresholds.mend_quote_match)
    # cleaned once more, for the lines are under the control of whoever made the picture
    return plain(mend_names(quoted, (*post, *lines), thresholds.mend_name_match))


def is_new(text: str, seen: Collection[str], thresholds: Thresholds) -> bool:
    """Whether a further candidate says something, and nothing that was said before (`seen`: folded)."""
    return bool(text) and not loops(text, thresholds.max_repeats) and folded(text) not in seen


def conclude(candidate: Candidate, lines: tuple[str, ...], ask: Describe, thresholds: Thresholds) -> Verdict:
    """What is served of a candidate; who asks for another candidate gets one, however unsure."""
    lowest = thresholds.min_mean_logp_said if ask.variant == 0 else float("-inf")
    verdict = judge(candidate, lines, replace(thresholds, min_mean_logp_said=lowest))
    return _with_lines(verdict, lines) if ask.detail == "long" else verdict


def without_post(ask: Describe, state: Literal["done", "no_description"]) -> Describe | None:
    """The same question about the picture alone, where the answer left somebody with nothing; else None.

    A post that gives orders, or is in a script that the model does not know, makes it guess or fall silent
    about pictures that it knows. Without the post there is nothing to obey; what it then says counts as
    unsure. Beside posts that give orders, the bundled model described 51 of 56 silent test pictures then, 42
    rightly. Read lines stay the answer: beside usual posts, 6 of 11 second answers in their place were wrong.
    """
    if state != "no_description" or ask.variant or not render_context(Context(**ask.context)):
        return None
    return ask.model_copy(update={"context": {}})


def only_text(lines: tuple[str, ...]) -> Verdict:
    """What is served when only the text in the picture was asked for."""
    text = clean_read_text(lines, LONG_LIMIT)
    return Verdict("done" if text else "no_description", text, "high", from_model=False)


def folded(text: str) -> str:
    """The text as it is compared with others."""
    return " ".join(text.casefold().rstrip(".!").split())


def _with_lines(verdict: Verdict, lines: tuple[str, ...]) -> Verdict:
    room = LONG_LIMIT - len(verdict.text) - 1
    read = clean_read_text(lines, room) if verdict.from_model and room > 40 else ""
    text = f"{verdict.text} {read}".strip()
    return Verdict(verdict.state, text, verdict.confidence, verdict.from_model)


def _long(text: str) -> str:
    return clean(text, LONG_LIMIT, one_sentence=False)
