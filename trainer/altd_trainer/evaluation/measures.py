"""The figures of a set of texts: word overlap with what is true, which facts they get right, how long."""

from collections.abc import Mapping, Sequence

from numpy import float64
from numpy.typing import NDArray

from altd_trainer.evaluation.items import Item
from altd_trainer.metrics import captions, facts
from altd_trainer.metrics.bootstrap import Interval
from altd_trainer.metrics.intervals import intervals
from altd_trainer.metrics.length import lengths


def measure(items: Sequence[Item], texts: Sequence[str], *, released: bool = False) -> dict[str, Interval]:
    """Every figure with its 95 % interval, by the names that `altd_trainer.metrics` gives them.

    Word overlaps are those on normalised words. Figures of facts rest on the pictures whose facts are known
    and are left out where there is none.

    Args:
        items: pictures.
        texts: what is said of each; empty where nothing is.
        released: add the released script's word overlaps, as `released/<name>`.
    """
    references = [item.reference for item in items]
    figures: dict[str, NDArray[float64] | facts.Counts] = {}
    figures.update(captions.score(texts, references))
    if released:
        overlaps = captions.score(texts, references, "released")
        figures.update({f"released/{name}": values for name, values in overlaps.items()})
    return intervals({**_facts(items, texts), **figures, **lengths(texts)})


def _facts(items: Sequence[Item], texts: Sequence[str]) -> Mapping[str, facts.Counts]:
    """What is wrongly said is apart from what is rightly said: an empty text has none of either."""
    known = [(item.facts, text) for item, text in zip(items, texts, strict=True) if item.facts is not None]
    if not known:
        return {}
    true, said = zip(*known, strict=True)
    return facts.right(true, said) | facts.invented(true, said) | facts.use_of_post(true, said)
