"""How far to go from the old adapter towards the trained one.

Training on a few dozen verdicts goes further than the taste in them asks for, and every step beyond it
costs what the model knew of pictures. The adapters in between, whose weights are interpolated (WiSE-FT,
arXiv 2109.01903), are therefore tried on the verdicts that were trained on and on drawn pictures that
the gate does not use: of those that tell no more wrongly and no fewer facts (unless the person wants less
told), the shortest that puts nearly as many verdicts right as any is taken. The whole way is tried first,
and gone where it holds; else the search halves: on where the facts hold and a verdict is left to learn, else
back. Where all that holds has lost what was learned and the whole way nearly holds, it is gone, and the gate
decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import set_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch import Tensor

from altd.models.loading import Quantization, load_model
from altd.models.manifest import WEIGHTS
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.families import load_processor
from altd_trainer.gate import FACTS_TOLERANCE, LESS, pair_margins, wanted_length
from altd_trainer.grounding import Grounding, ground, ground_texts
from altd_trainer.progress import Report

ROUNDS = 4  # of halving: lengths a sixteenth apart
NEARLY = 0.9  # the last pairs cost most of what was known
LEAST = 0.5  # a form is learned at some length between, and there is no shorter way to it
TOLERANCE = FACTS_TOLERANCE  # as the gate, on other pictures
WATCHED_START = 40_000  # of the validation split: pictures that neither the gate nor a recipe uses


@dataclass(frozen=True)
class Stride:
    """What came of one length.

    Attributes:
        length: share of the way from the old to the trained adapter.
        ordered: pairs trained on whose better text is the more probable one.
        base: what the adapter says of drawn pictures.
    """

    length: float
    ordered: int
    base: Grounding


def shorten(
    model_dir: Path,
    quantization: Quantization,
    old: Path | None,
    trained: Path,
    pairs: Sequence[PreferenceExample],
    known: Sequence[str],
    report: Report,
) -> Stride:
    """Replace a trained adapter by the one on the way to it that goes far enough, and no further.

    Args:
        old: the adapter that training started from; None for a fresh one, which changed nothing.
        trained: directory of the trained adapter; its weights are replaced.
        pairs: examples with a rejected text that were trained on.
        known: what the old adapter writes of the drawn pictures, which are described at every length.
        report: told about every length.
    """
    end = load_file(trained / WEIGHTS)
    start = load_file(old / WEIGHTS) if old else _untrained(end)
    model, processor = load_model(model_dir, quantization, adapter=trained), load_processor(model_dir)

    def measure(length: float) -> Stride:
        set_peft_model_state_dict(model, between(start, end, length))
        ordered = int((pair_margins(model, processor, pairs) > 0).sum()) if pairs else 0
        return Stride(length, ordered, ground(model, processor, WATCHED_START, len(known)))

    less = wanted_length(pairs) < LESS
    before, strides, length = ground_texts(known, WATCHED_START), list[Stride](), 1.0
    for turn in range(ROUNDS + 1):
        stride = measure(length)
        strides.append(stride)
        shares = {name: round(float(getattr(stride.base, name).mean()), 4) for name in ("facts", "told")}
        report({"event": "stride", "length": length, "ordered": stride.ordered, **shares})
        holds = _holds(before, stride.base, less)
        if holds and length == 1.0:
            break
        length += 0.5 / 2**turn if holds and stride.ordered < len(pairs) else -0.5 / 2**turn
    chosen = choose(strides, before, less)
    save_file(between(start, end, chosen.length), trained / WEIGHTS, metadata={"format": "pt"})
    return chosen


def between(start: Mapping[str, Tensor], end: Mapping[str, Tensor], length: float) -> dict[str, Tensor]:
    """Weights a share `length` of the way from `start` to `end`."""
    return {name: torch.lerp(start[name].float(), end[name].float(), length) for name in end}


def _untrained(end: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A fresh adapter in the same directions: its second factor is zero."""
    return {name: torch.zeros_like(value) if "lora_B" in name else value for name, value in end.items()}


def choose(strides: Sequence[Stride], before: Grounding, less: bool = False) -> Stride:
    """The shortest that orders nearly as many pairs as any, of those that hold on the drawn pictures.

    When none holds, the one that tells least wrongly; when those that hold have not half of what was
    learned, the whole way if that nearly holds. In both the gate has the last word.

    Args:
        less: whether the person wants less told.
    """
    holding = [stride for stride in strides if _holds(before, stride.base, less)]
    if not holding:
        return max(strides, key=lambda stride: (stride.base.told.mean(), -stride.length))
    most, whole = max(stride.ordered for stride in holding), max(strides, key=lambda stride: stride.length)
    if most < LEAST * whole.ordered and _holds(before, whole.base, less, 2 * TOLERANCE):
        return whole
    return min(
        (stride for stride in holding if stride.ordered >= NEARLY * most), key=lambda stride: stride.length
    )


def _holds(before: Grounding, after: Grounding, less: bool, tolerance: float = TOLERANCE) -> bool:
    return bool(
        after.told.mean() >= before.told.mean() - tolerance
        and (less or after.facts.mean() >= before.facts.mean() - tolerance)
        and after.invented_share <= before.invented_share + tolerance
        and after.malformed <= before.malformed + tolerance * after.pictures
    )
