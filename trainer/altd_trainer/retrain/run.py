"""One retraining from beginning to end.

Training continues the active generation, which is also the reference, on the user's examples, holds on to
what the model knew of drawn pictures (`altd_trainer.holding`), and then goes back where that was not enough
(`altd_trainer.stride`). It does not stop early by the held-out margin: those verdicts are the
gate's, and a training that looked at them would pass it too easily; the stride does that work on
verdicts that were trained on and on drawn pictures. Nothing is promoted here.
"""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from altd.errors import AltdError
from altd.paths import Paths
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.synthetic import synthetic_contexts, synthetic_examples
from altd_trainer.families import load_processor
from altd_trainer.feedback import Feedback, is_held_out, read_feedback
from altd_trainer.fitting import fitting
from altd_trainer.gate import Gate, hold_gate
from altd_trainer.holding import Holding, let_go
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.negatives import with_rejected_contexts
from altd_trainer.progress import Report
from altd_trainer.retrain.decoder import train_decoder
from altd_trainer.retrain.early import nothing_new, too_early
from altd_trainer.retrain.made import made_before, make_generation
from altd_trainer.retrain.options import RetrainOptions
from altd_trainer.retrain.page import write_page
from altd_trainer.retrain.shown import Lesson, lessons
from altd_trainer.retrain.start import Start
from altd_trainer.retrain.work import (
    close_work,
    is_trained,
    last_examples,
    mark_trained,
    open_work,
    plan_of,
    sole_training,
)
from altd_trainer.stride import Stride, shorten
from altd_trainer.unpaired import HoldingAndUnwanted, Unwanted

_CONTEXT_POOL = 64
_SEED = 0  # of rejected contexts
_REPLAY_START = 200_000  # where stage 2 of the bundled model starts: it is not to forget those


@dataclass(frozen=True)
class _Lot:
    """What one training learns from and is judged by."""

    train: list[PreferenceExample]
    pairs: list[PreferenceExample]
    unwanted: list[PreferenceExample]
    given: list[PreferenceExample]
    plan: str

    @property
    def learned(self) -> list[str]:
        """Ids of what it learns from."""
        return [example.id for example in (*self.train, *self.unwanted)]


def retrain(
    paths: Paths, options: RetrainOptions, report: Report, page: Path | None = None
) -> dict[str, Any]:
    """Learn from the standing verdicts; a run that was stopped in whatever way goes on where it was.

    Args:
        page: file for a report with pictures and plots; written after a training.

    Returns:
        `generation` (the new one, or None), `gate` {passed, reason, checks}, `held_out` {before, after},
        `examples` {used, train, pairs, by_evidence, contradicted, not_used: [{id, reason}]} and, after
        training, `stride`, the share of the way to the trained adapter that was gone, and `lessons`.

    Raises:
        AltdError: `no_feedback` when no verdict stands, `retrain_running`, `trainer_failed`.
    """
    feedback = read_feedback(paths).with_unwanted(options.unpaired)
    if not feedback.examples and not feedback.not_used:
        raise AltdError("no_feedback")
    start = Start.find(paths, clean=options.from_clean)
    # rejected contexts are drawn posts: what a person read in one place is no use in another
    pool = synthetic_contexts("train", _REPLAY_START, _CONTEXT_POOL)
    examples, unwanted = (
        with_rejected_contexts(each, pool, _SEED) for each in (feedback.examples, feedback.unwanted)
    )
    feedback = fitting(replace(feedback, examples=examples, unwanted=unwanted), start.model.directory)
    lot = _lot(feedback, start, options)
    result = _result(feedback, lot)
    report({"event": "examples", **_counts(lot, feedback)})
    reason = _why_not(paths, feedback, lot, options)
    if reason is not None:
        return result | {"gate": {"passed": False, "reason": reason}}
    with sole_training(paths):
        return result | _learn(paths, start, lot, options, report, page)


def _lot(feedback: Feedback, start: Start, options: RetrainOptions) -> _Lot:
    train, held_out = feedback.split()
    unwanted = [example for example in feedback.unwanted if not is_held_out(example.id)]
    given = [*feedback.examples, *feedback.unwanted]
    return _Lot(train, _one_pair_an_image(held_out), unwanted, given, plan_of(start, given, options))


def _why_not(paths: Paths, feedback: Feedback, lot: _Lot, options: RetrainOptions) -> str | None:
    reason = too_early(feedback.examples, lot.pairs)
    if reason is None and options.only_new:
        reason = nothing_new(lot.given, last_examples(paths))
    if reason is None and options.dry_run:
        reason = "Nothing was trained: this was a dry run."
    return reason


def _learn(
    paths: Paths, start: Start, lot: _Lot, options: RetrainOptions, report: Report, page: Path | None
) -> dict[str, Any]:
    """Train, judge and install, unless a run that was stopped before it could say so had done it."""
    known = made_before(paths, lot.plan)
    if known is not None:
        close_work(paths, lot.given, {"gate": known.gate})
        return {"generation": known.generation, "gate": known.gate, "held_out": known.metrics}
    folder = open_work(paths, lot.plan)
    trained = _train(start, lot, folder, options, report)
    challenger, stride = _shorten(start, trained, lot, options, report)
    report({"event": "judging", "pairs": len(lot.pairs)})
    gate = hold_gate(
        start.model.directory,
        start.quantization,
        start.adapter,
        challenger,
        lot.pairs,
        options.base_pictures,
    )
    learned = lessons(lot.pairs, gate)
    outcome = {"gate": gate.judgement.record(), "held_out": _held_out(gate), "stride": stride.length}
    name = None
    if gate.judgement.passed:
        name = make_generation(paths, start, challenger, lot.learned, lot.plan, outcome)
    if page is not None:
        write_page(page, name, gate, learned)
    close_work(paths, lot.given, outcome)
    return outcome | {"generation": name, "lessons": [_plain(lesson) for lesson in learned]}


def _one_pair_an_image(held_out: Sequence[PreferenceExample]) -> list[PreferenceExample]:
    """The latest pair of each image: several of one image would count one opinion several times."""
    return list({example.image: example for example in held_out if example.rejected is not None}.values())


def _train(start: Start, lot: _Lot, folder: Path, options: RetrainOptions, report: Report) -> Path:
    """The trained adapter, by a stopped run's checkpoint where there is one."""
    if not is_trained(folder):
        if options.method == "sft":
            from altd_trainer.sft import train_sft as train  # trl, which nothing else here needs
        else:
            train = train_mcm_dpo
        train(
            start.model.directory,
            start.adapter,
            lot.train,
            folder,
            options.training(),
            quantization=start.quantization,
            report=report,
            prepare=train_decoder,
            holding=_beside(start, lot, options),
        )
        mark_trained(folder)
    return folder / "adapter"


def _beside(start: Start, lot: _Lot, options: RetrainOptions) -> Holding | None:
    """What is minimised beside the preferences.

    A step shows eight unwanted texts, however few there are; their share makes of that as much as if they
    stood among the examples.
    """
    holding = _holding(start, lot.train, options)
    if not lot.unwanted:
        return holding
    processor = load_processor(start.model.directory)
    share = min(1.0, len(lot.unwanted) / len(lot.train))
    unwanted = Unwanted(processor, lot.unwanted, options.beta, share)
    if holding is None:
        return HoldingAndUnwanted(processor, [], (), unwanted=unwanted)
    return HoldingAndUnwanted(processor, holding.examples, holding.let_go, holding.weight, unwanted=unwanted)


def _holding(start: Start, examples: Sequence[PreferenceExample], options: RetrainOptions) -> Holding | None:
    """What the model knows of drawn pictures, in texts that stage 2 of the bundled model was made of."""
    if not options.hold:
        return None
    processor = load_processor(start.model.directory)
    drawn = synthetic_examples("train", _REPLAY_START, options.held_pictures)
    held = [replace(example, rejected=None) for example in drawn]
    return Holding(processor, held, let_go(processor, examples), options.hold)


def _shorten(
    start: Start, trained: Path, lot: _Lot, options: RetrainOptions, report: Report
) -> tuple[Path, Stride]:
    """The adapter on the way to the trained one that goes far enough; made anew after a stop."""
    challenger = trained.with_name("challenger")
    shutil.rmtree(challenger, ignore_errors=True)
    shutil.copytree(trained, challenger)
    stride = shorten(
        start.model.directory,
        start.quantization,
        start.adapter,
        challenger,
        _one_pair_an_image(lot.train),
        options.watched_pictures,
        report,
    )
    return challenger, stride


def _result(feedback: Feedback, lot: _Lot) -> dict[str, Any]:
    evidence = Counter(str(example.evidence) for example in lot.given)
    return {
        "generation": None,
        "held_out": None,
        "examples": {
            "used": len(lot.given),
            "train": len(lot.train),
            "pairs": len(lot.pairs),
            "by_evidence": dict(evidence),
            "contradicted": feedback.contradicted,
            "not_used": [asdict(verdict) for verdict in feedback.not_used],
        },
    }


def _counts(lot: _Lot, feedback: Feedback) -> dict[str, Any]:
    kinds = Counter(str(example.evidence) for example in (*lot.train, *lot.unwanted))
    return {"train": len(lot.train), "held_out": len(lot.pairs), "not_used": len(feedback.not_used), **kinds}


def _plain(lesson: Lesson) -> dict[str, str]:
    return {"wanted": lesson.wanted, "before": lesson.before, "after": lesson.after}


def _held_out(gate: Gate) -> dict[str, Any]:
    """`accuracy` is that of the model itself; TRL's, which compares with the reference, has its own name."""
    gained = gate.after.margins > gate.before.margins
    return {
        "before": gate.before.summary(),
        "after": gate.after.summary(),
        "reward_accuracy": round(float(gained.mean()), 4),
    }
