"""One retraining from beginning to end.

Training (`challenger`) continues the active generation, which is also the reference, on the user's examples,
and then goes back where that cost too much of what was known (`stride`). It does not stop early by the
held-out margin: those verdicts are the gate's, and a training that looked at them would pass it too easily;
the stride does that work on verdicts that were trained on and on drawn pictures. Nothing is promoted here.
"""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from altd.errors import AltdError
from altd.paths import Paths
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.feedback import Feedback, is_held_out, read_feedback
from altd_trainer.fitting import fitting
from altd_trainer.gate import BASE_START, Evidence, Gate, hold_gate
from altd_trainer.progress import Report
from altd_trainer.retrain.challenger import Taught, train_challenger, with_drawn_contexts
from altd_trainer.retrain.drawn import Drawn, Pictures
from altd_trainer.retrain.early import nothing_new, too_early
from altd_trainer.retrain.line import DRAWN, rounds
from altd_trainer.retrain.made import made_before, make_generation
from altd_trainer.retrain.options import RetrainOptions
from altd_trainer.retrain.page import write_page
from altd_trainer.retrain.shown import Lesson, lessons
from altd_trainer.retrain.start import Start
from altd_trainer.retrain.stride import WATCHED_START, Stride, shorten
from altd_trainer.retrain.work import (
    close_work,
    drop_purged,
    last_examples,
    leaving_nothing_purged,
    open_work,
    plan_of,
    require_open,
    sole_training,
)


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
        AltdError: `no_feedback` when no verdict stands, `retrain_running`, `trainer_failed`,
            `feedback_purged`.
    """
    drop_purged(paths)
    feedback = read_feedback(paths).with_unwanted(options.unpaired)
    if not feedback.examples and not feedback.not_used:
        raise AltdError("no_feedback")
    start = Start.find(paths, clean=options.from_clean)
    examples, unwanted = map(with_drawn_contexts, (feedback.examples, feedback.unwanted))
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
    with leaving_nothing_purged(folder):
        return _train_and_judge(paths, start, lot, options, _watched(report, folder), page, folder)


def _train_and_judge(
    paths: Paths,
    start: Start,
    lot: _Lot,
    options: RetrainOptions,
    report: Report,
    page: Path | None,
    folder: Path,
) -> dict[str, Any]:
    drawn = Drawn.kept(start, options.keep / "drawn") if options.keep else Drawn.of(paths, start, folder)
    trained = train_challenger(start, Taught(lot.train, lot.unwanted), folder, drawn, options, report)
    challenger, stride = _shorten(start, trained, lot, drawn, options, report)
    report({"event": "judging", "pairs": len(lot.pairs)})
    evidence = _evidence(paths, start, lot, drawn, options)
    gate = hold_gate(start.model.directory, start.quantization, start.adapter, challenger, evidence)
    learned = lessons(lot.pairs, gate)
    held_out = _held_out(gate, _judged_on(options))
    outcome = {"gate": gate.judgement.record(), "held_out": held_out, "stride": stride.length}
    name = None
    if gate.judgement.passed:
        name = make_generation(paths, start, challenger, lot.learned, lot.plan, outcome)
    require_open(folder)
    if page is not None:
        write_page(page, name, gate, learned)
    if options.keep:
        shutil.copytree(challenger, options.keep / "challenger", dirs_exist_ok=True)
    else:
        drawn.forget()
    close_work(paths, lot.given, outcome)
    return outcome | {"generation": name, "lessons": [_plain(lesson) for lesson in learned]}


def _evidence(paths: Paths, start: Start, lot: _Lot, drawn: Drawn, options: RetrainOptions) -> Evidence:
    pictures = _judged_on(options)
    return Evidence(
        pairs=lot.pairs,
        learned=[example for example in lot.train if example.rejected is not None],
        base_pictures=pictures.count,
        known=drawn.active(pictures),
        line=tuple(rounds(paths, start.generation, pictures.digest())),
    )


def _judged_on(options: RetrainOptions) -> Pictures:
    return Pictures("validation", BASE_START, options.base_pictures)


def _watched(report: Report, folder: Path) -> Report:
    """Reports, and ends the training where a purge came between."""

    def told(event: Mapping[str, Any]) -> None:
        require_open(folder)
        report(event)

    return told


def _one_pair_an_image(held_out: Sequence[PreferenceExample]) -> list[PreferenceExample]:
    """The latest pair of each image: several of one image would count one opinion several times."""
    return list({example.image: example for example in held_out if example.rejected is not None}.values())


def _shorten(
    start: Start, trained: Path, lot: _Lot, drawn: Drawn, options: RetrainOptions, report: Report
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
        drawn.active(Pictures("validation", WATCHED_START, options.watched_pictures)),
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


def _held_out(gate: Gate, pictures: Pictures) -> dict[str, Any]:
    """`accuracy` is that of the model itself; TRL's, which compares with the reference, has its own name."""
    gained = gate.after.margins > gate.before.margins
    return {
        "before": gate.before.summary(),
        "after": gate.after.summary(),
        "reward_accuracy": round(float(gained.mean()), 4),
        DRAWN: pictures.digest(),
    }
