"""The training of a challenger: drafts from the verdicts, rehearsed on drawn pictures, then the training.

A draft learns the person's form from their pairs, fast and at some cost of what the model knew; it is asked
once, for the texts of `rehearsal`, and thrown away. The next one learns from those as well, and writes better
ones. The training starts from the active generation again, which is also its reference. Every part that got
to its end is kept until the whole is done (`work` and `drawn`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from altd.paths import private_directory
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.synthetic import synthetic_contexts, synthetic_examples
from altd_trainer.families import load_processor
from altd_trainer.gate import LESS, wanted_length
from altd_trainer.holding import Holding, let_go, unlike
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.negatives import with_rejected_contexts
from altd_trainer.progress import Report
from altd_trainer.retrain.decoder import train_decoder
from altd_trainer.retrain.drawn import Drawn, Pictures
from altd_trainer.retrain.options import Method, RetrainOptions
from altd_trainer.retrain.rehearsal import rehearse
from altd_trainer.retrain.start import Start
from altd_trainer.retrain.unrecognised import unrecognised
from altd_trainer.retrain.work import is_trained, mark_trained
from altd_trainer.unpaired import HoldingAndUnwanted, Unwanted

_CONTEXT_POOL = 64
_SEED = 0  # of rejected contexts
_HELD_START = 200_000  # where stage 2 of the bundled model starts: it is not to forget those
_REHEARSED_START = 300_000


@dataclass(frozen=True)
class Taught:
    """What a challenger learns from.

    Attributes:
        examples: preferred and accepted texts.
        unwanted: texts that were rejected where there is no better one.
    """

    examples: Sequence[PreferenceExample]
    unwanted: Sequence[PreferenceExample] = ()

    @property
    def pairs(self) -> list[PreferenceExample]:
        """Of the examples, those with a worse text."""
        return [example for example in self.examples if example.rejected is not None]


def with_drawn_contexts(examples: Sequence[PreferenceExample]) -> list[PreferenceExample]:
    """With drawn posts for rejected contexts: what a person read in one place is no use in another."""
    pool = synthetic_contexts("train", _HELD_START, _CONTEXT_POOL)
    return with_rejected_contexts(examples, pool, _SEED)


def train_challenger(
    start: Start, taught: Taught, folder: Path, drawn: Drawn, options: RetrainOptions, report: Report
) -> Path:
    """Train the adapter, from where a stopped run got to; returns its directory.

    Raises:
        AltdError: `trainer_failed` or `gpu_out_of_memory`.
    """
    if not is_trained(folder):
        rehearsed = _rehearsal(start, taught, folder, drawn, options, report)
        if options.method == "mcm-dpo":
            # noise and other posts are told apart from drawn pictures long since, at over half of the time
            rehearsed = [replace(example, response_only=True) for example in rehearsed]
        whole = replace(taught, examples=[*taught.examples, *rehearsed])
        beside = _beside(start, whole, taught.pairs, options)
        _train(options.method, start, whole.examples, folder, options.training(), beside, report)
    return folder / "adapter"


def _rehearsal(
    start: Start, taught: Taught, folder: Path, drawn: Drawn, options: RetrainOptions, report: Report
) -> list[PreferenceExample]:
    """Drawn pictures in the form of the person's pairs; none where there are no pairs."""
    pairs, pictures = taught.pairs, Pictures("train", _REHEARSED_START, options.rehearsed_pictures)
    if not (pictures.count and pairs):
        return []
    less, rehearsed = wanted_length(pairs) < LESS, list[PreferenceExample]()
    before = drawn.active(pictures)
    for number in range(1, options.drafts + 1):
        examples, settings = [*pairs, *rehearsed], options.drafting(number)
        train = partial(_draft, start, examples, folder, number, settings, report)
        drafted = drawn.draft(pictures, examples, settings, train)
        rehearsed = rehearse(pictures.samples(), before, drafted, pairs, less)
        report({"event": "rehearsed", "draft": number, "pictures": pictures.count, "kept": len(rehearsed)})
    unknown = unrecognised(pictures.samples(), before, drafted)
    return with_drawn_contexts([*rehearsed, *unknown])


def _draft(
    start: Start,
    examples: Sequence[PreferenceExample],
    folder: Path,
    number: int,
    settings: Mapping[str, Any],
    report: Report,
) -> Path:
    """The adapter of the draft of that number; it holds on to nothing."""
    draft = private_directory(folder / f"draft{number}")
    if not is_trained(draft):
        report({"event": "drafting", "draft": number, "examples": len(examples)})
        _train("sft", start, examples, draft, settings, None, report)
    return draft / "adapter"


def _train(
    method: Method,
    start: Start,
    examples: Sequence[PreferenceExample],
    folder: Path,
    settings: Mapping[str, Any],
    holding: Holding | None,
    report: Report,
) -> None:
    if method == "sft":
        from altd_trainer.sft import train_sft as train  # trl, which is slow to import
    else:
        train = train_mcm_dpo
    train(
        start.model.directory,
        start.adapter,
        examples,
        folder,
        settings,
        quantization=start.quantization,
        report=report,
        prepare=train_decoder,
        holding=holding,
    )
    mark_trained(folder)


def _beside(
    start: Start, taught: Taught, judged: Sequence[PreferenceExample], options: RetrainOptions
) -> Holding | None:
    """What is minimised beside the preferences; `judged` are the pairs that are the person's own.

    A step shows eight unwanted texts, however few there are; their share makes of that as much as if they
    stood among the examples.
    """
    holding = _holding(start, taught.pairs, judged, options)
    if not taught.unwanted:
        return holding
    processor = load_processor(start.model.directory)
    share = min(1.0, len(taught.unwanted) / len(taught.examples))
    unwanted = Unwanted(processor, taught.unwanted, options.beta, share)
    if holding is None:
        return HoldingAndUnwanted(processor, [], (), unwanted=unwanted)
    held = (holding.examples, holding.let_go, holding.weight, holding.whole)
    return HoldingAndUnwanted(processor, *held, unwanted=unwanted)


def _holding(
    start: Start,
    pairs: Sequence[PreferenceExample],
    judged: Sequence[PreferenceExample],
    options: RetrainOptions,
) -> Holding | None:
    """What the model knows of drawn pictures, in texts that stage 2 of the bundled model was made of."""
    if not options.hold:
        return None
    processor = load_processor(start.model.directory)
    drawn = synthetic_examples("train", _HELD_START, options.held_pictures)
    held = [replace(example, rejected=None) for example in drawn]
    return Holding(processor, held, let_go(processor, pairs), options.hold, unlike(held, judged))
