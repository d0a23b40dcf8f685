"""What texts say that is true, that is not, and what they take over from the post; truth known one by one.

Every figure is a count of each picture, so that intervals resample pictures.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from altd_trainer.synthetic import Facts, score

_NOT_SAID = ("invented", "foreign_name")
"""Sorts of which an empty text would have none wrong: they are no part of the right facts."""


class Counts(NamedTuple):
    """Of each picture (N,): how many count, out of how many. The figure is sum(part) / sum(whole)."""

    part: NDArray[np.int64]
    whole: NDArray[np.int64]


def right(facts: Sequence[Facts], texts: Sequence[str]) -> dict[str, Counts]:
    """Facts that a text gets right, out of those its picture has: `facts`, `facts/object`, `facts/colour`, …

    A sort that no picture has is left out.
    """
    scores = _scores(facts, texts)
    said = [{sort: pair for sort, pair in row.items() if sort not in _NOT_SAID} for row in scores]
    sums = [(sum(r for r, _ in row.values()), sum(t for _, t in row.values())) for row in said]
    sorts = dict.fromkeys(sort for row in said for sort in row)
    each = {f"facts/{sort}": _counts(row.get(sort, (0, 0)) for row in said) for sort in sorts}
    return {"facts": _counts(sums), **each}


def invented(facts: Sequence[Facts], texts: Sequence[str]) -> dict[str, Counts]:
    """Objects that are named and not shown, CHAIR of Rohrbach et al. 2018 (arXiv 1809.02156).

    `invented_objects` (CHAIR-i) is out of all objects that the text names, each kind once;
    `invented_texts` (CHAIR-s) is texts with any, out of all texts.
    """
    pairs = [row.get("invented", (0, 0)) for row in _scores(facts, texts)]
    return {
        "invented_objects": _counts(pairs),
        "invented_texts": _counts((int(wrong > 0), 1) for wrong, _ in pairs),
    }


def use_of_post(
    facts: Sequence[Facts], texts: Sequence[str], posts: Sequence[Facts] | None = None
) -> dict[str, Counts]:
    """Names and events of the post that a text takes over.

    `name_used` and `event_used` are out of those that belong to the picture: high is right.
    `foreign_name_used` and `foreign_event_used` are out of those that do not: low is right.

    Args:
        facts: what is true of each picture.
        texts: what is said of it.
        posts: the facts of the picture whose post was shown; each picture's own post when left out.
    """
    rows = [_uses(*row) for row in zip(facts, texts, facts if posts is None else posts, strict=True)]
    return {name: _counts(row[name] for row in rows) for name in _USES}


_USES = ("name_used", "event_used", "foreign_name_used", "foreign_event_used")


def _uses(facts: Facts, text: str, post: Facts) -> dict[str, tuple[int, int]]:
    uses = dict.fromkeys(_USES, (0, 0))
    text = text.replace(facts.author, " ") if facts.author else text  # read in the picture, not in the post
    said = score(replace(facts, name=post.name, event=post.event, foreign=post.foreign), text)
    for sort, mine, theirs in (("name", facts.name, post.name), ("event", facts.event, post.event)):
        uses[f"{sort}_used" if mine == theirs else f"foreign_{sort}_used"] = said.get(sort, (0, 0))
    if post.foreign and post.foreign != facts.name:
        kept_out, names = said["foreign_name"]
        taken, of = uses["foreign_name_used"]
        uses["foreign_name_used"] = (taken + names - kept_out, of + names)
    return uses


def _scores(facts: Sequence[Facts], texts: Sequence[str]) -> list[dict[str, tuple[int, int]]]:
    return [score(each, text) for each, text in zip(facts, texts, strict=True)]


def _counts(pairs: Iterable[tuple[int, int]]) -> Counts:
    array = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    return Counts(array[:, 0], array[:, 1])
