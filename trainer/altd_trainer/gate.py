"""Whether a new adapter may serve.

The challenger must be shown to be better than the champion on verdicts that neither was trained on in
this round (paired bootstrap, lower bound above zero, no fewer pairs in the right order). On a frozen set
of drawn pictures it must not tell fewer facts, name more objects that are not there, take more names
from the post that do not belong to the picture, or write more texts that are none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from altd.models.loading import Quantization, load_model
from altd_trainer.collator import OWN_PAIR, DataCollatorForMCMPreference
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.families import load_processor
from altd_trainer.grounding import Grounding, ground
from altd_trainer.logprobs import leaf_logps
from altd_trainer.metrics.bootstrap import paired_lower_bound
from altd_trainer.negatives import NegativeConfig

MIN_PAIRS = 4  # three that all gain do so by chance once in eight: not the confidence below
MIN_PICTURES = 32  # of which facts are known; fewer say nothing about two points of facts
CONFIDENCE = 0.9
FACTS_TOLERANCE = 0.02
INVENTED_TOLERANCE = 0.02  # of all objects that are named
FOREIGN_TOLERANCE = 0.01  # of all pictures
BASE_START = 50_000  # of the validation split: no recipe evaluates or trains there


@dataclass(frozen=True)
class Showing:
    """How one adapter does.

    Attributes:
        margins: (pairs,) log p(chosen) - log p(rejected) of each held-out pair, in nats.
        base: what it says of the base pictures.
    """

    margins: NDArray[np.float64]
    base: Grounding

    @property
    def ordered(self) -> int:
        """Pairs in the right order: the chosen text is more probable than the rejected one."""
        return int((self.margins > 0).sum())

    def summary(self) -> dict[str, float | int]:
        """The figures as they stand in results and manifests."""
        return {
            "pairs": len(self.margins),
            "accuracy": round(float((self.margins > 0).mean()), 4),
            "margin": round(float(self.margins.mean()), 4),
            **self.base.summary(),
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
    pairs, pictures = len(after.margins), len(after.base.facts)
    if pairs < MIN_PAIRS or pictures < MIN_PICTURES:
        return False, f"{pairs} pairs and {pictures} base pictures are too few to judge by."
    gain, bound = paired_lower_bound(after.margins, before.margins, level=CONFIDENCE)
    worse = _worse_on_base(before.base, after.base)
    if worse is not None:
        return False, worse
    held_out = (
        f"{pairs} held-out pairs ({before.ordered} → {after.ordered} in the right order, "
        f"gain {gain:+.2f}, at least {bound:+.2f})"
    )
    # the comparison is this way round so that a figure that is no number does not pass
    if not bound > 0 or after.ordered < before.ordered:
        return False, f"It is not shown to be better on {held_out}."
    return True, f"It is better on {held_out} and holds on {_facts(before.base, after.base)}."


def _worse_on_base(before: Grounding, after: Grounding) -> str | None:
    """What the challenger does worse on the base pictures, if anything, as a sentence."""
    if after.malformed > before.malformed:
        return f"It writes {after.malformed} empty or overlong texts, not {before.malformed} as before."
    if not after.facts.mean() >= before.facts.mean() - FACTS_TOLERANCE:
        return f"It is worse on {_facts(before, after)}."
    if not after.invented_share <= before.invented_share + INVENTED_TOLERANCE:
        return (
            f"It names more objects that are not in the picture: {before.invented_share:.1%} → "
            f"{after.invented_share:.1%} of those it names on {len(after.facts)} base pictures."
        )
    if not after.foreign_share <= before.foreign_share + FOREIGN_TOLERANCE:
        return (
            f"It gives more pictures a name that is not theirs: {before.foreign_names} → "
            f"{after.foreign_names} of {after.pictures} base pictures."
        )
    return None


def _facts(before: Grounding, after: Grounding) -> str:
    shares = f"{before.facts.mean():.0%} → {after.facts.mean():.0%} of facts"
    return f"{len(after.facts)} base pictures ({shares})"


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
    return Showing(
        margins=pair_margins(model, processor, pairs),
        base=ground(model, processor, BASE_START, base_pictures),
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
