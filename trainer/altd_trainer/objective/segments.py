"""Where two answers differ: token weights for pairs that share most of their words (CHiP)."""

from collections.abc import Sequence
from difflib import SequenceMatcher

SHORTEST_MATCH = 3


def segment_weights(
    chosen_ids: Sequence[int], rejected_ids: Sequence[int], weight: float
) -> tuple[list[float], list[float]]:
    """Weights of the tokens of chosen and rejected answer: `weight` in spans that changed, else 1.

    A span changed when both answers have tokens between two runs that they share; what one of them
    only adds counts 1, and shared runs shorter than three tokens are taken for chance (arXiv
    2501.16629, `difflib` on token ids). Every log-probability of an answer, the policy's and the
    reference's, for every context and image, must be summed with these weights token by token; the
    released code multiplies one finished sum by the weights' total instead.

    Args:
        chosen_ids: tokens that are scored, end token included.
        rejected_ids: likewise.
        weight: of a token in a changed span.
    """
    # without autojunk=False, answers of 200 tokens and more would lose their frequent tokens
    matcher = SequenceMatcher(None, chosen_ids, rejected_ids, autojunk=False)
    # the last block is always the empty one behind both ends
    *blocks, end = matcher.get_matching_blocks()
    kept = [block for block in blocks if block.size >= SHORTEST_MATCH]
    chosen, rejected = [1.0] * len(chosen_ids), [1.0] * len(rejected_ids)
    done_chosen = done_rejected = 0
    for block in [*kept, end]:
        here, there = slice(done_chosen, block.a), slice(done_rejected, block.b)
        # equal ones are answers of one or two tokens, too short for a run
        if chosen[here] and rejected[there] and list(chosen_ids[here]) != list(rejected_ids[there]):
            chosen[here] = [weight] * len(chosen[here])
            rejected[there] = [weight] * len(rejected[there])
        done_chosen, done_rejected = block.a + block.size, block.b + block.size
    return chosen, rejected
