"""Whether a new adapter may serve.

The challenger must be shown to be better than the champion on verdicts that neither was trained on in
this round (paired bootstrap, lower bound above zero, no fewer pairs in the right order), must not tell
fewer facts of a frozen set of drawn pictures, and must write well-formed texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from altd.describe.clean import ALT_LIMIT, clean
from altd.models.loading import Quantization, load_model, load_processor
from altd_trainer.collator import OWN_PAIR, DataCollatorForMCMPreference
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.generation import Question, answer
from altd_trainer.logprobs import leaf_logps
from altd_trainer.metrics.bootstrap import paired_lower_bound
from altd_trainer.negatives import NegativeConfig
from altd_trainer.synthetic import Sample, generate, score, split_seed

MIN_PAIRS = 4  # three that all gain do so by chance once in eight: not the confidence below
CONFIDENCE = 0.9
FACTS_TOLERANCE = 0.02
_BASE_START = 50_000  # of the validation split: no recipe evaluates or trains there


@dataclass(frozen=True)
class Showing:
    """How one adapter does.

    Attributes:
        margins: (pairs,) log p(chosen) - log p(rejected) of each held-out pair, in nats.
        facts: (pictures,) share of right facts in the text for each base picture that has any.
        malformed: texts that were empty or longer than an alternative text may be.
    """

    margins: NDArray[np.float64]
    facts: NDArray[np.float64]
    malformed: int

    def summary(self) -> dict[str, float | int]:
        """The figures as they stand in results and manifests."""
        return {
            "pairs": len(self.margins),
            "accuracy": round(float((self.margins > 0).mean()), 4),
            "margin": round(float(self.margins.mean()), 4),
            "base_facts": round(float(self.facts.mean()), 4),
            "malformed": self.malformed,
        }


@dataclass(frozen=True)
class Gate:
    """The verdict on a challenger, in one sentence, and what it rests on."""

    passed: bool
    reason: str
    before: Showing
    after: Showing


def hold_gate(
    model_dir: Path,
    quantization: Quantization,
    champion: Path | None,
    challenger: Path,
    pairs: Sequence[PreferenceExample],
    base_pictures: int,
) -> Gate:
    """Compare two adapters of a model.

    Args:
        champion: the adapter that serves now; None is the model without one.
        challenger: the new adapter.
        pairs: held-out examples with a rejected text and a rejected context.
        base_pictures: how many drawn pictures to describe.
    """
    before, after = (
        show(model_dir, quantization, adapter, pairs, base_pictures) for adapter in (champion, challenger)
    )
    passed, reason = judge(before, after)
    return Gate(passed, reason, before, after)


def judge(before: Showing, after: Showing) -> tuple[bool, str]:
    """Whether the challenger passes, and why in one sentence."""
    gain, bound = paired_lower_bound(after.margins, before.margins, level=CONFIDENCE)
    facts = float((after.facts - before.facts).mean())
    order_before, order_after = (int((show.margins > 0).sum()) for show in (before, after))
    pairs = len(after.margins)
    held_out = f"{pairs} held-out pairs ({order_before} → {order_after} in the right order"
    base = f"{len(after.facts)} base pictures ({before.facts.mean():.0%} → {after.facts.mean():.0%} of facts)"
    if after.malformed > before.malformed:
        return (
            False,
            f"It writes {after.malformed} empty or overlong texts, not {before.malformed} as before.",
        )
    if facts < -FACTS_TOLERANCE:
        return False, f"It is worse on {base}."
    if bound <= 0 or order_after < order_before:
        return False, f"It is not shown to be better on {held_out}, gain {gain:+.2f}, at least {bound:+.2f})."
    return True, f"It is better on {held_out}, gain {gain:+.2f}, at least {bound:+.2f}) and holds on {base}."


def show(
    model_dir: Path,
    quantization: Quantization,
    adapter: Path | None,
    pairs: Sequence[PreferenceExample],
    base_pictures: int,
) -> Showing:
    """Measure one adapter."""
    model = load_model(model_dir, quantization, adapter=adapter)
    processor = load_processor(model_dir)
    samples = [generate(split_seed("validation"), _BASE_START + index) for index in range(base_pictures)]
    questions = [Question(sample.image, sample.post, sample.lines) for sample in samples]
    texts = list(answer(model, processor, questions, batch_size=16))
    return Showing(
        margins=pair_margins(model, processor, pairs),
        facts=_shares(samples, texts),
        malformed=sum(not clean(text) or len(text) > ALT_LIMIT for text in texts),
    )


@torch.inference_mode()
def pair_margins(model: Any, processor: Any, pairs: Sequence[PreferenceExample]) -> NDArray[np.float64]:
    """log p(chosen) - log p(rejected) of each pair (N,), for its own image and context."""
    collator = DataCollatorForMCMPreference(processor, NegativeConfig(), leaves=OWN_PAIR)
    margins = []
    for pair in pairs:
        logps = leaf_logps(model, collator([pair]))[0, 0, 0]
        margins.append(float(logps[0] - logps[1]))
    return np.array(margins)


def _shares(samples: Sequence[Sample], texts: Sequence[str]) -> NDArray[np.float64]:
    shares = []
    for sample, text in zip(samples, texts, strict=True):
        sorts = {k: v for k, v in score(sample.facts, text).items() if k not in ("invented", "foreign_name")}
        if sorts:
            shares.append(sum(r for r, _ in sorts.values()) / sum(t for _, t in sorts.values()))
    return np.array(shares)
