"""Drawn pictures told in a person's form, to learn it from more than a few dozen of their own.

A draft, trained on the person's verdicts alone, has their form but has lost some of what the model knew.
Asked about drawn pictures, whose truth is known, it writes texts in that form of which those are kept that
are true; where it errs, each of its changes is tried on what the model wrote before or, where that is wrong
as well, on the true text (self-training with a check, as in STaR, arXiv 2203.14465). The signs that the
person changes nearly wherever they stand are changed in all of them, also where the draft forgot one, no text
has a word in it that the person takes out, and none has lost one that they leave in. Each is an example like
the person's: the new text over the model's own. A final training on both learns the form without paying for
it with what is true.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from itertools import pairwise

from altd.describe.clean import clean
from altd.describe.confidence import loops
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.synthetic import SOURCE, as_jpeg
from altd_trainer.metrics.words import words
from altd_trainer.retrain.changes import Change, Form, changes, pieces
from altd_trainer.retrain.sources import put_in, sources, usual_source
from altd_trainer.synthetic import Sample, claims, score

_REPEATS = 2  # of the same few characters; "banana" has one
_TWICE = re.compile(r"\b(\w+)(?=\W+\1\b)")


def rehearse(
    samples: Iterable[Sample],
    before: Sequence[str],
    drafted: Sequence[str],
    pairs: Sequence[PreferenceExample],
    less: bool,
) -> list[PreferenceExample]:
    """An example of each picture for which there is a true text in the draft's form.

    Args:
        samples: drawn pictures.
        before: what the model that is to learn writes of each.
        drafted: what the draft writes.
        pairs: the person's texts, each with the one that it replaced. A word that the person never puts in is
            wrong unless it is in the true text, in the picture or the author's name: where two kites hang,
            "to the left of a kite" claims nothing that could be looked up, and is not so. What is put in
            stands where the person takes such words from.
        less: whether the person wants less told; else no fact may be left out for the form. What is in the
            picture is named even so: a draft soon leaves out more than the person does.
    """
    form = Form.read([(pair.chosen, pair.rejected) for pair in pairs if pair.rejected is not None])
    constant, source = words(*form.added), usual_source(pairs, form.added)
    found, told = [], []
    for sample, old, new in zip(samples, map(clean, before), map(clean, drafted), strict=True):
        known = constant | words(sample.alt, *sample.lines, sample.post.author)
        base = old if is_true(sample, old) and words(old) <= known else sample.alt
        there = sources(sample.post, sample.lines, base).get(source)
        puts = None if there is None else constant | there
        text = _true_form(sample, base, new, form, known, puts, less) if old and new else None
        if text not in (None, old):
            found.append(_example(sample, text, old))
            told.append((text, base))
    form = form.as_drafted(told)
    return [each for each in found if form.allows(each.chosen)]


def _true_form(
    sample: Sample, base: str, new: str, form: Form, known: Set[str], puts: Set[str] | None, less: bool
) -> str | None:
    """The draft's text, or a true one with those of the draft's changes that are true; None without one.

    In either, and in a true text by itself, the signs are those that the person puts.

    Args:
        known: words that may be in it.
        puts: those one or more of which must be put into `base`, and no others; None for a form that puts
            in none.
    """
    facts = _right_facts(sample, base, less)

    def holds(text: str) -> bool:
        put = put_in(base, text)
        sound = (
            text not in ("", base)
            and words(text) <= known
            and (puts is None or (bool(put) and put <= puts))
            and form.keeps(text, base)
            and _is_closed(text)
            and _stuttered(text) <= _stuttered(base)
            and not loops(text, _REPEATS)
        )
        return sound and is_true(sample, text) and _right_facts(sample, text, less) >= facts

    found = (new, _mended(base, new, holds), base)
    written = (clean(form.with_signs(text)) for text in found)
    return next((text for text in written if form.allows(text) and holds(text)), None)


def _stuttered(text: str) -> set[str]:
    """The words that are said twice at once."""
    return set(_TWICE.findall(text.lower()))


def _mended(base: str, new: str, holds: Callable[[str], bool]) -> str:
    """`base` with those changes of `new` that hold: form without what the draft misread.

    Those that put the same there are tried together first, and neighbours last: half a pair of quotation
    marks holds nowhere.
    """
    before = pieces(base)
    found = list(changes(before, pieces(new)))

    def text_with(taken: Collection[Change]) -> str:
        made, at = list[str](), 0
        for change in found:
            start, end, instead = change
            made += [*before[at:start], *(instead if change in taken else before[start:end])]
            at = end
        return "".join([*made, *before[at:]])

    alike = [
        [other for other in found if other[2] == instead]
        for instead in dict.fromkeys(change[2] for change in found)
    ]
    taken = set[Change]()
    for several in (*alike, *([change] for change in found), *pairwise(found)):
        if holds(clean(text_with(taken.union(several)))):
            taken.update(several)
    return text_with(taken)


def is_true(sample: Sample, text: str) -> bool:
    """Whether a text claims something, and all of it is so; without names from elsewhere."""
    right, made = claims(sample.facts, text)
    kept_out, names = score(sample.facts, text).get("foreign_name", (0, 0))
    return kept_out == names < right == made  # a name that is kept out is no claim


def _is_closed(text: str) -> bool:
    """Whether every quotation that begins ends."""
    return text.count("“") == text.count("”") and text.count('"') % 2 == 0


def _right_facts(sample: Sample, text: str, less: bool) -> int:
    """How many facts it has right; of those that may not be left out, if less is to be told."""
    sorts = score(sample.facts, text)
    counted = sorts.keys() & {"object"} if less else sorts.keys() - {"invented", "foreign_name"}
    return sum(sorts[sort][0] for sort in counted)


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
