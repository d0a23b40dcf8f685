"""Put a trained model into the package: weights, first generation, what it knows, when it is sure.

`python -m altd_trainer bundle --model runs/…/model --adapter runs/…/adapter` writes the directory that
`altd.models.catalogue` calls `bundled`.
"""

import hashlib
import json
import random
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import LlavaProcessor

from altd.describe.clean import clean
from altd.describe.confidence import CALIBRATION_FILE, Thresholds
from altd.describe.prompt import PROMPT_VERSION, build_prompt, build_question
from altd.describe.wording import tidier
from altd.engine.backend import Task, TransformersBackend
from altd.engine.protocol import Describe
from altd.models.catalogue import BUNDLED
from altd.models.familiarity import Familiarity
from altd.models.loading import load_model, load_processor
from altd.models.manifest import FILES, Manifest, digest_files
from altd_trainer.evaluation.items import open_items
from altd_trainer.evaluation.truth import faults
from altd_trainer.progress import Report
from altd_trainer.synthetic import generate, split_seed
from altd_trainer.synthetic.facts import UNKNOWN
from altd_trainer.synthetic.posted import as_posted

_MODEL_FILES = (
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "processor_config.json",
    "preprocessor_config.json",
    "chat_template.jinja",
)
_SURE = 0.95
"""How many of the answers called sure must say nothing that is not so."""
_SURE_OF_LAST = 0.9
_PART = 0.1
"""Share of the answers that counts as the last ones called sure."""
_MEND_NAMES = 0.6
"""Share of letters; `altd.describe.names` has the figures."""


@dataclass(frozen=True)
class Scored:
    """A validation answer: how probable its tokens were, and whether what it claims to see is there."""

    mean_logp: float
    right: bool


def write_bundle(
    model: Path, adapter: Path, out: Path, report: Report, pictures: int = 1200
) -> dict[str, Any]:
    """Fill `out` with the model, its adapter as first generation, and its calibration.

    Returns figures: what is called sure and how much of that is right, on the half of the validation
    pictures that the threshold was not chosen on.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name in _MODEL_FILES:
        shutil.copyfile(model / name, out / name)
    report({"event": "fitting familiarity"})
    familiarity = fit_familiarity(out, 3000, 1000)
    familiarity.save(out)
    _write_adapter(adapter, out / "adapter", out / "model.safetensors")
    report({"event": "calibrating"})
    scored = answer_validation(out, pictures)
    chosen_on, shown_on = scored[::2], scored[1::2]
    threshold = choose_threshold(chosen_on)
    guessed = sorted(each.mean_logp for each in chosen_on)[len(chosen_on) // 100]  # one in a hundred
    calibration = {
        "min_mean_logp": round(threshold, 4),
        "min_mean_logp_said": round(guessed, 4),
        "mend_name_match": _MEND_NAMES,
        "unknown_text": clean(UNKNOWN),
    }
    (out / CALIBRATION_FILE).write_text(json.dumps(calibration, indent=1) + "\n")
    sure = [each.right for each in shown_on if each.mean_logp >= threshold]
    return {
        "familiarity_threshold": familiarity.threshold,
        "min_mean_logp": threshold,
        "sure": len(sure) / len(shown_on),
        "right_when_sure": sum(sure) / max(1, len(sure)),
    }


def fit_familiarity(model_dir: Path, pictures: int, held_out: int) -> Familiarity:
    """From the tower's pooled features of training pictures; the threshold from validation pictures."""
    tower = load_model(model_dir, "none").model.vision_tower
    processor = load_processor(model_dir)
    known = _features(tower, processor, "train", pictures)
    return Familiarity.fit(known, _features(tower, processor, "validation", held_out), keep=0.995)


def choose_threshold(scored: list[Scored]) -> float:
    """The lowest mean log-probability down to which the answers may be called sure.

    From the most certain answer on, 95 % of all must be right, and nine in ten of the last tenth: an average
    alone would let the certain answers pay for the doubtful ones.
    """
    ordered = sorted(scored, key=lambda each: -each.mean_logp)
    part = max(1, round(_PART * len(ordered)))
    best = ordered[0].mean_logp
    for count in range(part, len(ordered) + 1):
        right = [each.right for each in ordered[:count]]
        if sum(right) < _SURE * count or sum(right[-part:]) < _SURE_OF_LAST * part:
            continue
        best = ordered[count - 1].mean_logp
    return best


def answer_validation(model_dir: Path, pictures: int) -> list[Scored]:
    """The bundled model's own answers, as it serves them, to validation pictures it should know."""
    backend = TransformersBackend(model_dir, "nf4", adapter=model_dir / "adapter")
    thresholds = Thresholds(mend_name_match=_MEND_NAMES)
    scored = []
    for item in open_items("synthetic:validation", pictures):
        if item.facts is None or item.facts.kind == "unknown":
            continue
        ask = Describe(id=item.id, context=asdict(item.context))
        spoken = backend.generate(item.image, build_prompt(build_question(item.context, item.lines)), Task())
        text = tidier(ask, item.lines, thresholds)(spoken.text)
        scored.append(Scored(spoken.mean_logp, not faults(item, text, item.lines)))
    return scored


@torch.inference_mode()
def _features(tower: Any, processor: LlavaProcessor, split: str, pictures: int) -> Tensor:
    rows = []
    seed = split_seed(split)
    for index in range(pictures):
        sample = generate(seed, index)
        if sample.kind == "unknown":
            continue
        image = as_posted(sample.image, random.Random(f"view {seed} {index}"))
        pixels = processor.image_processor(image, return_tensors="pt").pixel_values  # (1, 3, side, side)
        rows.append(tower(pixels).pooler_output)
    return torch.cat(rows)


def _write_adapter(adapter: Path, out: Path, weights: Path) -> None:
    out.mkdir(exist_ok=True)
    for name in FILES:
        shutil.copyfile(adapter / name, out / name)
    Manifest(
        generation="g0001",
        parent=None,
        base={"name": BUNDLED, "sha256": hashlib.sha256(weights.read_bytes()).hexdigest()},
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        prompt_version=PROMPT_VERSION,
        origin="bundled",
        files=digest_files(out),
    ).write(out)
