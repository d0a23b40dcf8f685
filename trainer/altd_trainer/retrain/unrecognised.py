"""The sentence for a picture that is not recognised stays as it is, whatever form a person likes.

It is no description: by it the daemon knows that there is nothing to read out. Verdicts never show it, so
that a model puts it in the person's form with everything else ("Szene: A picture that is not recognised.")
or in other words. Of drawn pictures that the model does not recognise, the sentence is therefore preferred
over what the last draft made of it.
"""

from collections.abc import Iterable, Sequence

from altd.describe.clean import clean
from altd.describe.confidence import Thresholds, says_nothing
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.retrain.rehearsal import rehearsed_example
from altd_trainer.synthetic import Sample


def unrecognised(
    samples: Iterable[Sample], before: Sequence[str], drafted: Sequence[str]
) -> list[PreferenceExample]:
    """An example of each picture of which the model says that it is not recognised, and the draft does not.

    Args:
        samples: drawn pictures.
        before: what the model that is to learn writes of each; one without such a sentence yields none.
        drafted: what the last draft writes.
    """
    texts = zip(samples, map(clean, before), map(clean, drafted), strict=True)
    return [
        rehearsed_example(sample, sample.alt, new)
        for sample, old, new in texts
        if sample.kind == "unknown" and _says(old, sample.alt) and new not in ("", sample.alt)
    ]


def _says(text: str, unknown: str) -> bool:
    return bool(text) and says_nothing(text, Thresholds(unknown_text=unknown))
