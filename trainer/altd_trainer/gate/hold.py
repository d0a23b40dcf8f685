"""Letting two adapters show what they do, and judging."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from altd.describe.confidence import Thresholds
from altd.models.loading import Quantization, load_model
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.families import load_processor
from altd_trainer.gate.heard import Heard
from altd_trainer.gate.judgement import Judgement, Showing, judge
from altd_trainer.gate.line import Round
from altd_trainer.gate.pairs import pair_margins, write_for
from altd_trainer.gate.probes import probe
from altd_trainer.gate.strange import Standing
from altd_trainer.gate.wanted import unwanted_words, wanted_length, wanted_words
from altd_trainer.generation import Sureness
from altd_trainer.grounding import describe, ground_texts, samples

BASE_START = 50_000  # of the validation split: no recipe evaluates or trains there
HEARD = 256  # of the base pictures: of so many it is looked at whether the daemon would read them out


@dataclass(frozen=True)
class Gate:
    """The judgement on a challenger, and what it rests on.

    Attributes:
        written: what champion and challenger write for the held-out pairs.
    """

    judgement: Judgement
    before: Showing
    after: Showing
    written: tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Evidence:
    """What two adapters are compared by.

    Attributes:
        pairs: held-out examples with a rejected text and a rejected context.
        learned: examples with a rejected text that the challenger was trained on.
        base_pictures: how many drawn pictures to describe.
        known: what the champion writes of them, where that was asked before.
        line: the rounds before, latest first, on the same drawn pictures.
    """

    pairs: Sequence[PreferenceExample]
    learned: Sequence[PreferenceExample]
    base_pictures: int
    known: Sequence[str] | None = None
    line: Sequence[Round] = ()


def hold_gate(
    model_dir: Path, quantization: Quantization, champion: Path | None, challenger: Path, evidence: Evidence
) -> Gate:
    """Compare two adapters of a model.

    Args:
        champion: the adapter that serves now; None is the model without one.
        challenger: the new adapter.
    """
    pairs, thresholds = evidence.pairs, Thresholds.load(model_dir)
    drawn = samples(BASE_START, evidence.base_pictures)
    said = (wanted_words(pairs, evidence.learned), unwanted_words(pairs, evidence.learned))
    standing = Standing.of(drawn, *said, thresholds)
    before, old = show(model_dir, quantization, champion, pairs, standing, evidence.known)
    after, new = show(model_dir, quantization, challenger, pairs, standing)
    judgement = judge(before, after, wanted_length(pairs), evidence.line)
    return Gate(judgement, before, after, (old, new))


def show(
    model_dir: Path,
    quantization: Quantization,
    adapter: Path | None,
    pairs: Sequence[PreferenceExample],
    standing: Standing,
    known: Sequence[str] | None = None,
) -> tuple[Showing, tuple[str, ...]]:
    """Measure one adapter, whose texts of drawn pictures may be known; also what it writes for the pairs."""
    model = load_model(model_dir, quantization, adapter=adapter)
    processor = load_processor(model_dir)
    written = write_for(model, processor, pairs)
    sureness = Sureness()
    # texts that are known were kept without how sure the model was of them
    count = min(HEARD, len(known)) if known else len(standing.own)
    said = describe(model, processor, BASE_START, count, sureness)
    texts = known or said
    showing = Showing(
        margins=pair_margins(model, processor, pairs),
        agreement=written.agreement,
        base=ground_texts(texts, BASE_START),
        strange=standing.strange(texts),
        heard=Heard.among(said[:HEARD], sureness.mean_logps[:HEARD], standing.thresholds),
        probes=probe(model, processor, standing.thresholds),
    )
    return showing, written.texts
