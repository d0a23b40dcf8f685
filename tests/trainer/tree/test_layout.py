"""Rows of branches against what the branches say themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altd_trainer.tree import Branch, TreeRow, grow

IMAGE = 9


def path_to(row: TreeRow, column: int) -> list[int]:
    """Columns from the root to a column, by the rule that the mask follows."""
    return [above for above in range(column + 1) if above <= column < row.ends[above]]


PROMPTS = st.lists(st.integers(0, 2), max_size=6)
ANSWERS = st.lists(st.integers(0, 2), min_size=1, max_size=4)


@given(st.lists(st.tuples(PROMPTS, ANSWERS), min_size=1, max_size=5))
def test_every_scored_token_has_its_branch_before_it(texts: list[tuple[list[int], list[int]]]) -> None:
    branches = [
        Branch(leaf, (7, *prompt, *answer), 1 + len(prompt)) for leaf, (prompt, answer) in enumerate(texts)
    ]
    row = grow(branches)
    for branch in branches:
        scores = [score for score in row.scores if score.leaf == branch.leaf]
        assert [score.target for score in scores] == list(branch.ids[branch.prompt :])
        for score in scores:
            before = branch.ids[: branch.prompt + score.ordinal]
            path = path_to(row, score.column)
            assert tuple(row.ids[column] for column in path) == before
            assert [row.depths[column] for column in path] == list(range(len(before)))


@given(st.lists(st.lists(st.integers(0, 1), min_size=1, max_size=7), min_size=1, max_size=6))
def test_no_beginning_stands_twice(texts: list[list[int]]) -> None:
    row = grow([Branch(leaf, (7, *text), 1) for leaf, text in enumerate(texts)])
    beginnings = {tuple(text[:length]) for text in texts for length in range(len(text) + 1)}
    assert len(row.ids) == len(beginnings)


def example(first: list[int], second: list[int], chosen: list[int], rejected: list[int]) -> list[Branch]:
    prefix = [1, IMAGE, IMAGE, 2]
    return [
        Branch(4 * context + response, prefix + text + answer, len(prefix + text))
        for context, text in enumerate((first, second))
        for response, answer in enumerate((chosen, rejected))
    ]


def test_prefix_contexts_and_responses_stand_once_each() -> None:
    row = grow(example([3, 4], [5], [6, 7], [8]), whole=IMAGE)
    assert row.ids == [1, IMAGE, IMAGE, 2, 3, 4, 6, 7, 8, 5, 6, 7, 8]
    assert row.depths == [0, 1, 2, 3, 4, 5, 6, 7, 6, 4, 5, 6, 5]
    assert row.ends == [13, 13, 13, 13, 9, 9, 8, 8, 9, 13, 12, 12, 13]


def test_t1_first_tokens_of_both_responses_share_their_predecessor() -> None:
    row = grow(example([3, 4], [5], [6, 7], [8]))
    first = {score.leaf: score.column for score in row.scores if score.ordinal == 0}
    assert first == {0: 5, 1: 5, 4: 9, 5: 9}
    assert [row.ids[column] for column in first.values()] == [4, 4, 5, 5]


def test_responses_with_equal_first_tokens_part_where_they_differ() -> None:
    row = grow(example([3], [4], [6, 7], [6, 8]))
    assert row.ids.count(6) == 2  # once for each context
    assert [score.column for score in row.scores if score.target == 7] == [5, 9]


def test_a_context_may_be_the_beginning_of_the_other() -> None:
    row = grow(example([3], [3, 4], [6], [7]))
    assert row.ids == [1, IMAGE, IMAGE, 2, 3, 6, 7, 4, 6, 7]
    assert [score.column for score in row.scores] == [4, 4, 7, 7]


def test_equal_combinations_are_computed_once_and_scored_twice() -> None:
    row = grow(example([3], [3], [6], [7]))
    assert row.ids == [1, IMAGE, IMAGE, 2, 3, 6, 7]
    assert [(score.leaf, score.column) for score in row.scores] == [(0, 4), (1, 4), (4, 4), (5, 4)]


def test_t2_a_fork_before_the_image_is_refused() -> None:
    branches = [Branch(leaf, [text, IMAGE, IMAGE, 6], 3) for leaf, text in enumerate((3, 4))]
    with pytest.raises(ValueError, match=r"the image.*must come before the context"):
        grow(branches, whole=IMAGE)


def test_t2_a_fork_inside_the_image_is_refused() -> None:
    branches = [Branch(0, [1, IMAGE, IMAGE, 6], 3), Branch(1, [1, IMAGE, 2, IMAGE, 6], 4)]
    with pytest.raises(ValueError, match=r"the image.*must come before the context"):
        grow(branches, whole=IMAGE)


def test_weights_go_with_their_tokens() -> None:
    row = grow([Branch(0, [1, 2, 3], 1, [1.0, 4.0])])
    assert [(score.target, score.weight) for score in row.scores] == [(2, 1.0), (3, 4.0)]
