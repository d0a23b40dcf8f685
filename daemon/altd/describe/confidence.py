"""Whether a text may be served, and how sure the user may be of it.

The rules, in order; the first that fits decides:

1. The picture is unlike everything the model learned from (`familiar` is false), or the model said
   nothing, that it does not know (`Thresholds.unknown_text`, whatever is put around it), got caught in a
   loop, or guessed (below `Thresholds.min_mean_logp_said`): the reader's lines are served with low
   confidence; without lines the model is asked once more without the post (`wording.without_post`), and if
   that fits again, there is no description.
2. The text quotes words that the reader did not find in the picture, and that resemble none it found
   (`altd.describe.quotes` puts those right before): low. Quoted words are the one claim that can be
   checked, and a model that invents them invents other things.
3. The mean log-probability of the tokens is below `Thresholds.min_mean_logp`, or unknown, since not every
   remote server tells it: low.
4. A further candidate that still equals an earlier one: low (`repeated`).
5. Otherwise: high.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from altd.describe.clean import clean_read_text
from altd.describe.job import Confidence
from altd.describe.quotes import quotes_match

CALIBRATION_FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where confidence ends. A model's own values stand in its `calibration.json`.

    Attributes:
        min_mean_logp: natural logarithm, mean over the answer's tokens and its end token.
        min_mean_logp_said: likewise; below it the text is not served at all.
        min_quote_match: share of a quoted passage that must be found in the read text, 0 to 1.
        mend_quote_match: share of letters from which on a misquoted passage is replaced by the read lines.
        mend_name_match: share of letters from which on a misspelt name is replaced by the post's. Off where
            a model does not say: it takes capitals for names, which in German they are not.
        max_repeats: how often the same few characters may follow each other.
        unknown_text: the sentence by which the model says that it does not know; empty for none.
    """

    min_mean_logp: float = -0.7
    min_quote_match: float = 0.8
    mend_quote_match: float = 0.7
    mend_name_match: float = float("inf")
    min_mean_logp_said: float = -1e9
    max_repeats: int = 3
    unknown_text: str = ""

    @classmethod
    def load(cls, model_directory: Path) -> Thresholds:
        """The model's calibrated thresholds, or the defaults where it brings none."""
        file = model_directory / CALIBRATION_FILE
        if not file.is_file():
            return cls()
        values = json.loads(file.read_text(encoding="utf-8"))
        return cls(**{name: values[name] for name in cls.__slots__ if name in values})


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the model said: the cleaned text and how probable its tokens were, None when nobody knows."""

    text: str
    mean_logp: float | None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is served."""

    state: Literal["done", "no_description"]
    text: str
    confidence: Confidence
    from_model: bool


def judge(candidate: Candidate | None, lines: Sequence[str], thresholds: Thresholds) -> Verdict:
    """Apply the rules above; `candidate` is None when the picture is unfamiliar to the model."""
    if (
        candidate is None
        or says_nothing(candidate.text, thresholds)
        or (candidate.mean_logp is not None and not candidate.mean_logp >= thresholds.min_mean_logp_said)
    ):
        text = clean_read_text(lines)
        return Verdict("done" if text else "no_description", text, "low", from_model=False)
    sure = (
        quotes_match(candidate.text, lines, thresholds.min_quote_match)
        and candidate.mean_logp is not None
        and candidate.mean_logp >= thresholds.min_mean_logp
        and not candidate.repeated
    )
    return Verdict("done", candidate.text, "high" if sure else "low", from_model=True)


def says_nothing(text: str, thresholds: Thresholds) -> bool:
    """Whether a text is empty, goes round in circles, or says that the model does not know.

    A model that learned from a person may say that in their form: behind a label, or without the full stop.
    """
    unknown = thresholds.unknown_text.rstrip(".").casefold()
    is_unknown = bool(unknown) and unknown in text.casefold()
    return not text or is_unknown or loops(text, thresholds.max_repeats)


def loops(text: str, max_repeats: int) -> bool:
    """Whether the same few characters follow each other more often than that, as nobody writes."""
    return re.search(rf"(\w.{{1,40}}?)\1{{{max_repeats}}}", text) is not None
