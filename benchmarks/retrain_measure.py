"""What a generation says of pictures that its person has not seen, and what it forgot."""

from itertools import islice
from pathlib import Path
from typing import Any

from people import Taste, is_true, pictures

from altd.describe.clean import clean
from altd.describe.confidence import Thresholds
from altd.models.catalogue import BUNDLED, find_model
from altd.models.generations import active_generation
from altd.models.loading import load_model, load_processor
from altd.paths import Paths
from altd_trainer.gate import is_heard
from altd_trainer.gate.pairs import similarity
from altd_trainer.generation import Question, Sureness, answer
from altd_trainer.grounding import hold_against
from altd_trainer.metrics.bootstrap import mean_interval
from altd_trainer.retrain.drawn import Drawn, Pictures
from altd_trainer.retrain.start import Start
from altd_trainer.synthetic import Sample

_UNSEEN = 90_000  # of the test split, as all here
_BASE = Pictures("test", 95_000, 1024)
_BATCH = 16


def serving(home: Path) -> Start:
    """The generation that serves in a home, as a retraining would start from it."""
    paths = Paths.under(home)
    name = active_generation(paths)
    return Start(find_model(BUNDLED), "nf4", name, paths.generations_dir / name if name else None)


def measure(adapter: Path, start: Start, taste: Taste, asked: int, known: Path) -> dict[str, Any]:
    """What an adapter says of pictures that the person has not seen, and what it forgot since `start`.

    Args:
        known: folder of what the model wrote before of the pictures of `_BASE`.
    """
    directory = start.model.directory
    model, processor = load_model(directory, "nf4", adapter=adapter), load_processor(directory)
    samples = list(islice((sample for sample in pictures(_UNSEEN) if taste.looks_at(sample)), asked))
    sureness, thresholds = Sureness(), Thresholds.load(directory)
    texts = _say(model, processor, samples, sureness)
    agreed, close, heard = [], [], []
    for sample, said, mean_logp in zip(samples, texts, sureness.mean_logps, strict=True):
        text = clean(said)
        true = is_true(sample, text)
        wish = taste.wish(sample, text if true else sample.alt)
        heard.append(float(is_heard(said, mean_logp, thresholds)))
        agreed.append(float(true and wish == text and heard[-1]))
        close.append(round(similarity(text, wish), 4))
    figures: dict[str, Any] = {"agreement": agreed, "closeness": close, "heard": heard}
    if adapter == start.adapter:
        return figures
    before = Drawn.kept(start, known).active(_BASE)
    after = [text for each in range(0, _BASE.count, _BATCH) for text in _say(model, processor, _base(each))]
    return figures | _forgotten(before, after)


def _base(first: int) -> list[Sample]:
    return list(_BASE.samples(first, first + _BATCH))


def _say(model: Any, processor: Any, samples: list[Sample], sureness: Sureness | None = None) -> list[str]:
    questions = [Question(sample.image, sample.post, sample.lines) for sample in samples]
    return list(answer(model, processor, questions, _BATCH, sureness))


def _forgotten(before: list[str], after: list[str]) -> dict[str, dict[str, float]]:
    """Right facts, and what is not told wrongly: shares before and after, the change and its interval."""
    found = {}
    old, new = hold_against(_BASE.samples(), before), hold_against(_BASE.samples(), after)
    for name in ("facts", "told"):
        was, now = getattr(old, name), getattr(new, name)
        change = mean_interval(now - was)
        shares = {"before": was.mean(), "after": now.mean(), "change": change.value}
        shares |= {"low": change.low, "high": change.high}
        found[name] = {key: round(float(value), 4) for key, value in shares.items()}
    return found
