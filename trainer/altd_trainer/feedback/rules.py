"""What each kind of click is worth. `docs/learning.md` has the same table; a test holds the two together."""

from dataclasses import dataclass

from nltk.metrics.distance import edit_distance

from altd_trainer.data.preferences import Evidence

FULL = 1.0
EDIT_LEAST = 0.5  # of an edit that leaves nearly every word: shown and written text then share most tokens
ALONE = 0.5  # of an accepted text that was better than none


@dataclass(frozen=True)
class Rule:
    """One line of the table.

    Attributes:
        event: what a person did.
        evidence: what the example that comes of it is called; None where none does.
        pair: whether there is a better and a worse text; otherwise the picture and the post alone are
            compared, for the one text that there is.
        least, most: the example's weight before ageing.
    """

    event: str
    evidence: Evidence | None
    pair: bool
    least: float = 0.0
    most: float = 0.0


RULES = (
    Rule("rejected, then another text accepted", "regenerated", True, FULL, FULL),
    Rule("one of two texts preferred", "preferred", True, FULL, FULL),
    Rule("edited", "edit", True, EDIT_LEAST, FULL),
    Rule("accepted alone", "accepted", False, ALONE, ALONE),
    Rule("rejected alone", None, False),
    Rule("undone", None, False),
    Rule("ignored", None, False),
)


def edit_weight(shown: str, written: str) -> float:
    """Weight of an edit, from `EDIT_LEAST` for one word among many to 1 for a text of other words.

    The share of words that changed is what the edit cost the person (arXiv 2601.19055). A small edit
    counts less because its pair parts two texts that share most of their tokens, where a preference can
    lower both (arXiv 2402.13228); it still counts half, since the written text is a target by itself.
    The spans that changed have no weight of their own: that would change what beta means for them alone.
    """
    ours, theirs = shown.split(), written.split()
    changed = float(edit_distance(ours, theirs)) / max(len(ours), len(theirs), 1)
    return EDIT_LEAST + (FULL - EDIT_LEAST) * changed
