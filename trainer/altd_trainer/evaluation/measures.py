"""The figures of a set of texts: word overlap with what is true, and which facts they get right."""

from collections import defaultdict
from collections.abc import Sequence

from altd_trainer.evaluation.items import Item
from altd_trainer.metrics import captions
from altd_trainer.metrics.bootstrap import Interval, mean_interval, ratio_interval
from altd_trainer.synthetic import score

Counts = tuple[int, int]
"""How many of how many."""


def measure(items: Sequence[Item], texts: Sequence[str], *, released: bool = False) -> dict[str, Interval]:
    """Every figure with its 95 % interval.

    Those of `captions.score` on normalised words by their names; where facts are known, `facts` of all that
    there is to say, `facts/<sort>`, `invented` objects of all that are named, and `foreign_name`, the share
    of names in posts about something else that are rightly left out.

    Args:
        items: pictures.
        texts: what is said of each; empty where nothing is.
        released: add the released script's word overlaps, as `released/<name>`.
    """
    references = [item.reference for item in items]
    overlaps: dict[str, Interval] = {}
    for name, values in captions.score(texts, references).items():
        overlaps[name] = mean_interval(values)
    if released:
        for name, values in captions.score(texts, references, "released").items():
            overlaps[f"released/{name}"] = mean_interval(values)
    return overlaps | _facts(items, texts)


def _facts(items: Sequence[Item], texts: Sequence[str]) -> dict[str, Interval]:
    """The sum `facts` counts what a text says: what it must not say an empty text would get right as well."""
    counts: dict[str, list[Counts]] = defaultdict(list)
    for item, text in zip(items, texts, strict=True):
        if item.facts is None:
            continue
        sorts = score(item.facts, text)
        for sort in ("invented", "foreign_name"):
            counts[sort].append(sorts.pop(sort, (0, 0)))
        counts["facts"].append((sum(r for r, _ in sorts.values()), sum(t for _, t in sorts.values())))
        for sort, pair in sorts.items():
            counts[f"facts/{sort}"].append(pair)
    return {
        name: ratio_interval(*zip(*pairs, strict=True))
        for name, pairs in counts.items()
        if any(total for _, total in pairs)
    }
