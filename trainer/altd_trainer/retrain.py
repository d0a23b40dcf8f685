"""Clicks become a generation: feedback → examples → MCM-DPO → gate → an installed adapter.

Training continues the active generation, which is also the reference, on the user's examples mixed with
drawn ones, and then goes back as far as the taste allows (`altd_trainer.stride`), so that what the model
could do before is not forgotten. Nothing is promoted here. `benchmarks/retrain_study.py` measures what
the options below do.
"""

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from altd.config import Settings
from altd.describe.prompt import PROMPT_VERSION
from altd.errors import AltdError
from altd.models.catalogue import Model, find_model
from altd.models.fit import weights_digest, why_unfit
from altd.models.generations import active_generation, install, read_manifest, staging
from altd.models.loading import Quantization
from altd.models.manifest import FILES, Manifest
from altd.paths import Paths, private_directory
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.synthetic import synthetic_contexts, synthetic_examples
from altd_trainer.feedback import Feedback, read_feedback
from altd_trainer.fitting import fitting
from altd_trainer.gate import MIN_PAIRS, Gate, hold_gate
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.negatives import with_rejected_contexts
from altd_trainer.progress import Report
from altd_trainer.stride import shorten

_CONTEXT_POOL = 64
_SEED = 0  # of rejected contexts
_LAYER = re.compile(r"(?:language_model|text_model)\.(?:.+\.)?layers\.(\d+)\.")
_REPLAY_START = 200_000  # where stage 2 of the bundled model starts: it is not to forget those


@dataclass(frozen=True)
class RetrainOptions:
    """How to retrain.

    Attributes:
        dry_run: say what would be learned from, and train nothing.
        epochs: passes over the examples.
        learning_rate: of the adapter.
        sft_weight: pull towards the chosen text itself. The preference alone parts the two texts without
            making either likely: what is then written instead is often neither, and no sentence.
        replay: drawn examples for each of the user's. Their texts have the model's own form, so that with
            them a taste in form is learned and unlearned at once; what keeps the model from forgetting is
            the stride.
        beta: strength of the pull to the reference. A text in another form than the model's own is
            improbable by dozens of nats at first; a strong pull would let go long before it is preferred.
        base_pictures: drawn pictures that the gate describes.
        watched_pictures: drawn pictures that decide, before the gate, how far to go.
    """

    dry_run: bool = False
    epochs: float = 12.0
    learning_rate: float = 5e-4
    sft_weight: float = 8.0
    replay: float = 0.0
    beta: float = 0.05
    base_pictures: int = 128
    watched_pictures: int = 64


@dataclass(frozen=True)
class _Start:
    """Where retraining starts from."""

    model: Model
    quantization: Quantization
    generation: str | None
    adapter: Path | None


def retrain(paths: Paths, options: RetrainOptions, report: Report) -> dict[str, Any]:
    """Learn from the standing verdicts.

    Returns:
        `generation` (the new one, or None), `gate` {passed, reason}, `held_out` {before, after},
        `examples` {used, not_used: [{id, reason}]} and, after training, `stride`, the share of the way
        to the trained adapter that was gone.

    Raises:
        AltdError: `no_feedback` when no verdict stands.
    """
    feedback = read_feedback(paths)
    if not feedback.examples and not feedback.not_used:
        raise AltdError("no_feedback")
    start = _start(paths)
    # rejected contexts are drawn posts: what a person read in one place is no use in another
    pool = synthetic_contexts("train", _REPLAY_START, _CONTEXT_POOL)
    examples = with_rejected_contexts(feedback.examples, pool, _SEED)
    feedback = fitting(replace(feedback, examples=examples), start.model.directory)
    train, held_out = feedback.split()
    pairs = _one_pair_an_image(held_out)
    report({"event": "examples", **_counts(train, pairs, feedback)})
    result = _result(feedback)
    if not train or len(pairs) < MIN_PAIRS:
        reason = f"More verdicts are needed: {len(train)} to learn from and {len(pairs)} pairs to judge by."
        return result | {"gate": {"passed": False, "reason": reason}}
    if options.dry_run:
        return result | {"gate": {"passed": False, "reason": "Nothing was trained: this was a dry run."}}
    with tempfile.TemporaryDirectory(dir=private_directory(paths.cache_dir), prefix="retrain-") as folder:
        replay = synthetic_examples("train", _REPLAY_START, round(options.replay * len(train)))
        taught = [*train, *with_rejected_contexts(replay, pool, _SEED)]
        adapter = _train(start, taught, Path(folder), options, report)
        stride = shorten(
            start.model.directory,
            start.quantization,
            start.adapter,
            adapter,
            _one_pair_an_image(train),
            options.watched_pictures,
            report,
        )
        report({"event": "judging", "pairs": len(pairs)})
        gate = hold_gate(
            start.model.directory, start.quantization, start.adapter, adapter, pairs, options.base_pictures
        )
        name = _install(paths, start, adapter, train, gate) if gate.passed else None
    outcome = {"generation": name, "gate": _verdict(gate), "held_out": _held_out(gate)}
    return result | outcome | {"stride": stride.length}


def _start(paths: Paths) -> _Start:
    """The model of the settings with the active generation, when that belongs to it."""
    settings = Settings.load(paths.config_file)
    model = find_model(settings.model, paths)
    name = active_generation(paths)
    if name is not None and why_unfit(read_manifest(paths, name), model) is not None:
        name = None  # learned on other weights: this round starts anew, from the same verdicts
    quantization: Quantization = "nf4" if settings.quantization == "nf4" else "none"
    return _Start(model, quantization, name, paths.generations_dir / name if name else None)


def _one_pair_an_image(held_out: Sequence[PreferenceExample]) -> list[PreferenceExample]:
    """The latest pair of each image: several of one image would count one opinion several times."""
    return list({example.image: example for example in held_out if example.rejected is not None}.values())


def _train(
    start: _Start,
    examples: Sequence[PreferenceExample],
    folder: Path,
    options: RetrainOptions,
    report: Report,
) -> Path:
    settings = {
        "num_train_epochs": options.epochs,
        "learning_rate": options.learning_rate,
        "sft_weight": options.sft_weight,
        "beta": options.beta,
        # inside one log-sigmoid the image terms, which are soon learned, leave the texts no gradient
        "aggregation": "separate",
        "renormalise": True,
        "gradient_accumulation_steps": 1,
        "logging_steps": 1,
        "save_strategy": "no",
    }
    train_mcm_dpo(
        start.model.directory,
        start.adapter,
        examples,
        folder,
        settings,
        quantization=start.quantization,
        report=report,
        prepare=train_late_layers,
    )
    return folder / "adapter"


def train_late_layers(model: Any) -> None:
    """Let only the last third of the decoder's layers train.

    How a text is put is decided there; what is seen comes from below, and a few dozen verdicts can only
    spoil it.
    """
    numbers = {name: int(found[1]) for name, _ in model.named_parameters() if (found := _LAYER.search(name))}
    first = 2 * (max(numbers.values(), default=0) + 1) // 3
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and numbers:
            parameter.requires_grad_(numbers.get(name, -1) >= first)


def _install(
    paths: Paths, start: _Start, adapter: Path, examples: Sequence[PreferenceExample], gate: Gate
) -> str:
    manifest = Manifest(
        generation="",
        parent=start.generation,
        base={"name": start.model.name, "sha256": weights_digest(start.model.directory)},
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        prompt_version=PROMPT_VERSION,
        origin="retrain",
        examples={"count": len(examples), "ids": [example.id for example in examples]},
        metrics=_held_out(gate),
        gate=_verdict(gate),
    )
    with staging(paths) as directory:
        for name in FILES:
            shutil.copyfile(adapter / name, directory / name)
        return install(paths, directory, manifest)


def _result(feedback: Feedback) -> dict[str, Any]:
    not_used = [asdict(verdict) for verdict in feedback.not_used]
    return {
        "generation": None,
        "held_out": None,
        "examples": {"used": len(feedback.examples), "not_used": not_used},
    }


def _counts(
    train: Sequence[PreferenceExample], pairs: Sequence[PreferenceExample], feedback: Feedback
) -> dict[str, Any]:
    kinds = Counter(str(example.evidence) for example in train)
    return {"train": len(train), "held_out": len(pairs), "not_used": len(feedback.not_used), **kinds}


def _verdict(gate: Gate) -> dict[str, Any]:
    return {"passed": gate.passed, "reason": gate.reason}


def _held_out(gate: Gate) -> dict[str, Any]:
    """`accuracy` is that of the model itself; TRL's, which compares with the reference, has its own name."""
    gained = gate.after.margins > gate.before.margins
    return {
        "before": gate.before.summary(),
        "after": gate.after.summary(),
        "reward_accuracy": round(float(gained.mean()), 4),
    }
