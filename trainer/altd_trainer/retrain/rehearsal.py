"""Drawn pictures told in a person's form, to learn it from more than a few dozen of their own.

A draft, trained on the person's verdicts alone, has their form but has lost some of what the model knew.
Asked about drawn pictures, whose truth is known, it writes texts in that form of which those are kept that
are true; where it errs, each of its changes is tried on what the model wrote before or, where that is wrong
as well, on the true text (self-training with a check, as in STaR, arXiv 2203.14465). The signs that the
person changes nearly wherever they stand are changed in all of them, also where the draft forgot one, no text
has a word in it that the person takes out there, none has lost one that they leave in, and none has half a
phrase of theirs. Each is an example like the person's: the new text over the model's own. A final training on
both learns the form without paying for it with what is true.
"""

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from altd.describe.clean import clean
from altd.describe.confidence import loops
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.data.synthetic import SOURCE, as_jpeg
from altd_trainer.metrics.words import words
from altd_trainer.retrain.changes import Form
from altd_trainer.retrain.mending import mended
from altd_trainer.retrain.sources import put_in, sources, usual_joint, usual_source
from altd_trainer.synthetic import Sample, claims, score

_REPEATS = 2  # of the same few characters; "banana" has one
_TWICE = re.compile(r"\b(\w+)(?=\W+\1\b)|([,;:])(?=\s*\2)")


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
    constant, source, joint = words(*form.added), usual_source(pairs, form.added), usual_joint(pairs)
    found, told = [], []
    for sample, old, new in zip(samples, map(clean, before), map(clean, drafted), strict=True):
        known = constant | words(sample.alt, *sample.lines, sample.post.author)
        base = old if is_true(sample, old) and words(old) <= known else sample.alt
        there = sources(sample.post, sample.lines, base).get(source)
        puts = None if there is None else constant | there
        copied = "" if joint is None else joint.join(sample.lines)
        wanted = _Wanted(sample, base, form, known, puts, copied, less)
        text = wanted.true_form(new) if old and new else None
        if text not in (None, old):
            found.append(rehearsed_example(sample, text, old))
            told.append((text, base))
    form = form.as_drafted(told)
    return [each for each in found if form.allows(each.chosen)]


@dataclass(frozen=True)
class _Wanted:
    """What a text of a picture must be to be learned from.

    Attributes:
        base: the text whose form is changed.
        known: words that may be in it.
        puts: those one or more of which must be put into `base`, and no others; None for a form that puts
            in none.
        copied: what must be in it as it is.
        less: whether facts may be left out.
    """

    sample: Sample
    base: str
    form: Form
    known: Set[str]
    puts: Set[str] | None
    copied: str
    less: bool

    def true_form(self, new: str) -> str | None:
        """The draft's text, or a true one with those of the draft's changes that are true; None without one.

        In either, and in a true text by itself, the signs are those that the person puts.
        """
        found = (new, mended(self.base, new, self.form, self.holds), self.base)
        written = (clean(self.form.with_signs(text)) for text in found)
        return next((text for text in written if self.form.allows(text) and self.holds(text)), None)

    def holds(self, text: str) -> bool:
        """Whether it is true, loses nothing that it must not, and is put as the person puts it."""
        return self._is_sound(text) and self._is_put_so(text) and self._is_as_true(text)

    def _is_sound(self, text: str) -> bool:
        return (
            text not in ("", self.base)
            and words(text) <= self.known
            and _is_closed(text)
            and _stuttered(text) <= _stuttered(self.base)
            and not loops(text, _REPEATS)
        )

    def _is_put_so(self, text: str) -> bool:
        put = put_in(self.base, text)
        return (
            (self.puts is None or (bool(put) and put <= self.puts))
            and self.copied in text
            and self.form.keeps(text, self.base)
            and self.form.is_whole(text, self.base)
        )

    def _is_as_true(self, text: str) -> bool:
        right = _right_facts(self.sample, text, self.less)
        return is_true(self.sample, text) and right >= _right_facts(self.sample, self.base, self.less)


def _stuttered(text: str) -> set[str]:
    """The words and signs that stand twice at once."""
    return {found[0] for found in _TWICE.finditer(text.lower())}


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


def rehearsed_example(sample: Sample, chosen: str, rejected: str) -> PreferenceExample:
    """One text of a drawn picture over another."""
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
