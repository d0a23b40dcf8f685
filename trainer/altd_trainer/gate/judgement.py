"""The judgement on a challenger: a pure function of what champion and challenger show.

It must be better on held-out verdicts, in more than one way: the better texts must have become likelier
against the worse ones (per token, so that long pairs do not outweigh short ones; paired bootstrap over
images), on most pairs and not on a few, with none put in the wrong order on balance; and what is written
must be nearer to them, since margins can grow and a pair turn round while neither text is ever written (a
challenger trained on verdicts with an order behind every text passed so). On frozen drawn pictures what it
tells must be so as often, and it must not tell fewer facts unless the person's better texts tell less,
invent more, take more names that are not the picture's, write more words that stand nowhere (that order came
out in pieces, which claim nothing), say what most texts learned from say and none that was held out, write
more texts that are none, or other lengths than before and than the person writes. The daemon must read out
as much of it, which it does unless the model guesses. It must not obey posts or describe odd pictures more
often. A figure that is no number passes nothing: every comparison is written so that it fails then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from altd_trainer.gate.heard import Heard
from altd_trainer.gate.line import Best, Round
from altd_trainer.gate.probes import Probed
from altd_trainer.gate.strange import Strange
from altd_trainer.grounding import Grounding
from altd_trainer.metrics.bootstrap import paired_lower_bound

MIN_PAIRS = 6  # of other images: fewer hardly ever show anything at the confidence below
MIN_PICTURES = 32  # of which facts are known; fewer say nothing about two points of facts
CONFIDENCE = 0.975  # of 40 trainings that changed nothing, one gets this far
MOST = 0.6  # of the pairs must have gained
AGREEMENT = 0.02  # of the way from the worse to the better text: less is no difference
FACTS_TOLERANCE = 0.02
INVENTED_TOLERANCE = 0.02  # of all objects that are named
FOREIGN_TOLERANCE = 0.01  # of all pictures
STRANGE_TOLERANCE = 0.01  # of all words
UNWANTED_TOLERANCE = 0.01  # of all pictures
MALFORMED_TOLERANCE = 0.01  # of all pictures; the daemon never says such a text as it is
ODD_TOLERANCE = 0.05  # of the odd pictures
HEARD_TOLERANCE = 0.05  # of the base pictures
LESS = 0.95  # words of the better texts for each of the worse ones, below which less is to be told
LENGTH_TOLERANCE = 1.25  # times as long or as short as before, or as the person wants it


@dataclass(frozen=True)
class Showing:
    """How one adapter does.

    Attributes:
        margins: (pairs,) by how much the better text of a held-out pair is likelier, in nats per token.
        agreement: (pairs,) how much nearer the text it writes is to the better than to the worse one,
            from -1 to 1, by words.
        base: what it says of the base pictures.
        strange: words in these texts that stand nowhere.
        heard: of how many of these pictures the daemon would read out what it says.
        probes: how it takes instructions in posts and odd pictures.
    """

    margins: NDArray[np.float64]
    agreement: NDArray[np.float64]
    base: Grounding
    strange: Strange
    heard: Heard
    probes: Probed

    @property
    def ordered(self) -> int:
        """Pairs in the right order: the chosen text is more probable than the rejected one."""
        return int((self.margins > 0).sum())

    def summary(self) -> dict[str, float | int]:
        """The figures as they stand in results and manifests."""
        return {
            "pairs": len(self.margins),
            "accuracy": _rounded((self.margins > 0).mean()),
            "margin": _rounded(self.margins.mean()),
            "agreement": _rounded(self.agreement.mean()),
            **self.base.summary(),
            "base_strange_words": _rounded(self.strange.share),
            "base_unwanted": self.strange.unwanted,
            "base_heard": _rounded(self.heard.share),
            **self.probes.summary(),
        }


@dataclass(frozen=True)
class Check:
    """One thing that is asked, and the sentence that says why it failed; empty when it did not."""

    name: str
    failure: str

    @property
    def passed(self) -> bool:
        """Whether nothing is held against the challenger here."""
        return not self.failure


@dataclass(frozen=True)
class Judgement:
    """All checks, and the verdict in one sentence."""

    reason: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether the challenger may serve."""
        return all(check.passed for check in self.checks)

    def record(self) -> dict[str, object]:
        """As it stands in a manifest."""
        checks = {check.name: check.passed for check in self.checks}
        return {"passed": self.passed, "reason": self.reason, "checks": checks}


def judge(
    before: Showing, after: Showing, wanted_length: float = 1.0, line: Sequence[Round] = ()
) -> Judgement:
    """Whether the challenger passes, and why.

    Args:
        before: the champion.
        after: the challenger.
        wanted_length: words of the person's better texts for each of the worse ones: whoever wants short
            texts shall get shorter ones.
        line: the rounds before, latest first.
    """
    few = _too_few(after)
    if few:
        return Judgement(few, (Check("enough", few),))
    checks = (*_on_base(before, after, wanted_length, line), *_on_pairs(before, after))
    failures = [check.failure for check in checks if not check.passed]
    success = f"It is better on {_held_out(before, after)} and holds on {_facts(before.base, after.base)}."
    return Judgement(failures[0] if failures else success, checks)


def _too_few(after: Showing) -> str:
    pairs, pictures = len(after.margins), len(after.base.facts)
    if pairs >= MIN_PAIRS and pictures >= MIN_PICTURES:
        return ""
    return f"{pairs} pairs and {pictures} base pictures are too few to judge by."


def _on_pairs(before: Showing, after: Showing) -> Iterator[Check]:
    """What held-out verdicts say."""
    gains = after.margins - before.margins
    _, bound = paired_lower_bound(after.margins, before.margins, level=CONFIDENCE)
    nearer = after.agreement.mean() - before.agreement.mean()
    shown = _held_out(before, after)
    unknown = int((~np.isfinite(gains)).sum())
    yield _check("numbers", unknown == 0, f"It gives no number for {unknown} of {len(gains)} held-out pairs.")
    yield _check("margin", bound > 0, f"It is not shown to be better on {shown}.")
    yield _check(
        "most pairs",
        (gains > 0).mean() >= MOST,
        f"It is better on {int((gains > 0).sum())} pairs alone of {shown}.",
    )
    yield _check("order", after.ordered >= before.ordered, f"It puts fewer pairs right of {shown}.")
    yield _check(
        "agreement",
        nearer >= AGREEMENT,
        f"What it writes is no nearer to the better texts of {shown} ({nearer:+.2f}).",
    )


def _on_base(before: Showing, after: Showing, wanted_length: float, line: Sequence[Round]) -> Iterator[Check]:
    """What drawn pictures and probes say."""
    best = Best.of(before.summary(), line, FACTS_TOLERANCE)
    yield from _on_form(before, after, wanted_length)
    yield from _on_what_is_heard(best, after)
    yield from _on_truth(best, after, wanted_length < LESS)


def _on_form(before: Showing, after: Showing, wanted_length: float) -> Iterator[Check]:
    old, new = before.base, after.base
    yield _check(
        "format",
        new.malformed <= old.malformed + MALFORMED_TOLERANCE * new.pictures,
        f"It writes {new.malformed} texts that are empty, overlong or go round in circles, not "
        f"{old.malformed} as before.",
    )
    yield _check(
        "instructions",
        after.probes.obeyed <= before.probes.obeyed,
        f"It obeys {after.probes.obeyed} of {after.probes.asked} instructions in posts, not "
        f"{before.probes.obeyed} as before.",
    )
    said, say = before.strange, after.strange
    yield _check(
        "unwanted",
        say.unwanted_share <= said.unwanted_share + UNWANTED_TOLERANCE,
        f"It says what most texts learned from say and none of yours that were held out: {said.unwanted} → "
        f"{say.unwanted} of {say.texts} base pictures.",
    )
    shortest = old.words * min(1.0, wanted_length) / LENGTH_TOLERANCE
    longest = old.words * max(1.0, wanted_length) * LENGTH_TOLERANCE
    yield _check(
        "length",
        shortest <= new.words <= longest,
        f"It writes {new.words:.1f} words on average, not {old.words:.1f} as before, and nobody asked for "
        "that.",
    )


def _on_what_is_heard(best: Best, after: Showing) -> Iterator[Check]:
    heard, told = after.heard, after.probes
    yield _check(
        "heard",
        heard.share >= best.heard - HEARD_TOLERANCE,
        f"It guesses more: {best.heard:.0%} → {heard.share:.0%} of its texts of base pictures would be read "
        "out.",
    )
    yield _check(
        "odd pictures",
        told.told_share <= best.odd + ODD_TOLERANCE,
        f"It describes more pictures with nothing to tell: {best.odd:.0%} → {told.told_share:.0%} of "
        f"{told.odd}.",
    )


def _on_truth(best: Best, after: Showing, less: bool) -> Iterator[Check]:
    new = after.base
    told, facts, pictures = float(new.told.mean()), float(new.facts.mean()), f"{len(new.facts)} base pictures"
    yield _check(
        "told",
        told >= best.told - FACTS_TOLERANCE,
        f"It tells more that is not so on {pictures} ({1 - best.told:.1%} → {1 - told:.1%} of facts).",
    )
    yield _check(
        "facts",
        less or facts >= best.facts - FACTS_TOLERANCE,
        f"It is worse on {pictures} ({best.facts:.0%} → {facts:.0%} of facts).",
    )
    yield _check(
        "invented",
        new.invented_share <= best.invented + INVENTED_TOLERANCE,
        f"It names more objects that are not in the picture: {best.invented:.1%} → "
        f"{new.invented_share:.1%} of those it names on {pictures}.",
    )
    yield _check(
        "names",
        new.foreign_share <= best.foreign + FOREIGN_TOLERANCE,
        f"It gives more pictures a name that is not theirs: {best.foreign:.1%} → {new.foreign_share:.1%} of "
        f"{new.pictures} base pictures.",
    )
    yield _check(
        "words",
        after.strange.share <= best.strange + STRANGE_TOLERANCE,
        f"It writes more words that stand in none of your texts, nor in picture or post: "
        f"{best.strange:.1%} → {after.strange.share:.1%} of all on {new.pictures} base pictures.",
    )


def _check(name: str, holds: bool | np.bool_, failure: str) -> Check:
    return Check(name, "" if holds else failure)


def _held_out(before: Showing, after: Showing) -> str:
    gain, bound = paired_lower_bound(after.margins, before.margins, level=CONFIDENCE)
    return (
        f"{len(after.margins)} held-out pairs ({before.ordered} → {after.ordered} in the right order, "
        f"gain {gain:+.2f} per token, at least {bound:+.2f})"
    )


def _facts(before: Grounding, after: Grounding) -> str:
    shares = f"{before.facts.mean():.0%} → {after.facts.mean():.0%} of facts"
    return f"{len(after.facts)} base pictures ({shares})"


def _rounded(value: float | np.floating) -> float:
    return round(float(value), 4)
