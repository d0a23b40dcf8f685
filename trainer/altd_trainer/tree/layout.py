"""Sequences that begin alike, laid into one row as a tree.

A row is the depth-first order of the tree of tokens: a token's column comes after those of its ancestors,
and the columns below it are contiguous. So a token of column q may attend to column k exactly when
`k <= q < end[k]`, where `end[k]` is one past the last column below k: k is then q itself or an ancestor
(the rule of TRL's tree attention, huggingface/trl#7328). Positions are depths: they restart where a
branch starts.

A token is predicted by its parent, which need not stand in the column before it. Every scored token
therefore names its predecessor's column; no token is repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Branch:
    """One sequence, from the root to the end of an answer.

    Attributes:
        leaf: the number its score is kept under.
        ids: tokens of prompt and answer.
        prompt: how many of them are the prompt's; the others are scored.
        weights: of the scored tokens; empty weighs each 1.
    """

    leaf: int
    ids: Sequence[int]
    prompt: int
    weights: Sequence[float] = ()


class Score(NamedTuple):
    """One scored token.

    Attributes:
        column: of the token that predicts it.
        target: the token.
        leaf: what its log-probability counts for.
        ordinal: its place in the answer.
        weight: factor of its log-probability.
    """

    column: int
    target: int
    leaf: int
    ordinal: int
    weight: float


@dataclass(frozen=True)
class TreeRow:
    """The tokens of some branches in depth-first order.

    Attributes:
        ids: the tokens.
        ends: for each column, one past the last column below it.
        depths: for each column, how many ancestors it has.
        scores: what is scored, branch by branch.
    """

    ids: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)


def grow(branches: Sequence[Branch], whole: int | None = None) -> TreeRow:
    """Lay out branches that share as much of their beginnings as they have in common.

    Args:
        branches: at least one; the first one stands in the row without a gap.
        whole: a token that must not stand behind a fork: the placeholder of the image, which there is
            only one of.

    Raises:
        ValueError: when an image would be run, and counted, more than once.
    """
    row = TreeRow()
    columns: dict[int, list[int]] = {branch.leaf: [] for branch in branches}
    _extend(row, branches, 0, columns)
    if whole is not None and row.ids.count(whole) > branches[0].ids[: _shared(branches, 0)].count(whole):
        raise ValueError("the sequences part inside or before the image: it must come before the context")
    for branch in branches:
        row.scores.extend(_scores(branch, columns[branch.leaf]))
    return row


def _extend(row: TreeRow, branches: Sequence[Branch], start: int, columns: dict[int, list[int]]) -> None:
    """Append the subtree of branches that have their first `start` tokens in common."""
    shared, first = _shared(branches, start), len(row.ids)
    row.ids.extend(branches[0].ids[start:shared])
    row.depths.extend(range(start, shared))
    row.ends.extend([0] * (shared - start))
    own = range(first, len(row.ids))
    forks: dict[int, list[Branch]] = {}
    for branch in branches:
        columns[branch.leaf].extend(own)
        if len(branch.ids) > shared:
            forks.setdefault(branch.ids[shared], []).append(branch)
    for fork in forks.values():
        _extend(row, fork, shared, columns)
    for column in own:
        row.ends[column] = len(row.ids)


def _shared(branches: Sequence[Branch], start: int) -> int:
    """How many of their first tokens all branches have in common, given that `start` are."""
    first = branches[0].ids
    shared = min(len(branch.ids) for branch in branches)
    for branch in branches[1:]:
        shared = next((at for at in range(start, shared) if first[at] != branch.ids[at]), shared)
    return shared


def _scores(branch: Branch, columns: Sequence[int]) -> list[Score]:
    weights = branch.weights or [1.0] * (len(branch.ids) - branch.prompt)
    return [
        Score(columns[at - 1], branch.ids[at], branch.leaf, at - branch.prompt, weight)
        for at, weight in enumerate(weights, start=branch.prompt)
    ]
