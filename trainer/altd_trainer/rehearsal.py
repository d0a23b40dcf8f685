"""Drawn pictures told in a person's form, to learn it from more than a few dozen of their own.

A draft, trained on the person's verdicts alone, has their form but has lost some of what the model knew.
Asked about drawn pictures, whose truth is known, it writes texts in that form of which those are kept that
are true; where it errs, its insertions and deletions are tried on what the model wrote before (self-training
with a check, as in STaR, arXiv 2203.14465). Each is an example like the person's: the new text over the
model's own. A final training on both learns the form without paying for it with what is true.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from altd.describe.clean import clean
from altd.describe.confidence import loops
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.synthetic import SOURCE, as_jpeg
from altd_trainer.synthetic import Sample, claims, score

_REPEATS = 2  # of the same few characters; "banana" has one
_PIECES = re.compile(r"\w+|\s+|[^\w\s]")

Change = tuple[str, int, int, int, int]


def rehearse(
    samples: Iterable[Sample], before: Sequence[str], drafted: Sequence[str], less: bool
) -> list[PreferenceExample]:
    """An example of each picture for which there is a true text in the draft's form.

    Args:
        samples: drawn pictures.
        before: what the model that is to learn writes of each.
        drafted: what the draft writes.
        less: whether the person wants less told; else no fact may be left out for the form.
    """
    examples = []
    for sample, old, new in zip(samples, map(clean, before), map(clean, drafted), strict=True):
        text = _true_form(sample, old, new, less) if old and new else None
        if text is not None:
            examples.append(_example(sample, text, old))
    return examples


def _true_form(sample: Sample, old: str, new: str, less: bool) -> str | None:
    """The draft's text, or the old one with the draft's form, where that is true and another than the old."""
    if new == old:
        return None
    facts = 0 if less else _right_facts(sample, old)
    for text in map(clean, (new, *_spliced(old, new))):
        if text and text != old and _is_true(sample, text) and _right_facts(sample, text) >= facts:
            return text
    return None


def _spliced(old: str, new: str) -> Iterator[str]:
    """`old` with the insertions and deletions of `new`, with its beginning, and with its end."""
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    changes: Sequence[Change] = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()

    def built(taken: Callable[[Change], bool]) -> str:
        parts = (after[c[3] : c[4]] if taken(c) else before[c[1] : c[2]] for c in changes)
        return "".join("".join(part) for part in parts)

    yield built(lambda change: change[0] in ("insert", "delete"))
    yield built(lambda change: change is changes[0])
    yield built(lambda change: change is changes[-1])


def _is_true(sample: Sample, text: str) -> bool:
    """Whether a text claims something, and all of it is so; without names from elsewhere or repetitions."""
    right, made = claims(sample.facts, text)
    kept_out, names = score(sample.facts, text).get("foreign_name", (0, 0))
    return 0 < right == made and kept_out == names and not loops(text, _REPEATS)


def _right_facts(sample: Sample, text: str) -> int:
    sorts = score(sample.facts, text)
    return sum(right for sort, (right, _) in sorts.items() if sort not in ("invented", "foreign_name"))


def _example(sample: Sample, chosen: str, rejected: str) -> PreferenceExample:
    return PreferenceExample(
        id=sample.id,
        image=as_jpeg(sample.image),
        context=sample.post,
        chosen=chosen,
        rejected=rejected,
        lines=tuple(sample.lines),
        source=SOURCE,
        site=sample.post.site,
    )
