"""Champions and challengers as arrays, with a stated effect: what 50 trainings would take hours to show.

A pair's margin is the champion's, -0.4 nats per token on average with a spread of 0.8, as it is where a
person keeps correcting the model. What a model writes follows the margin: near the better text where that
is the likelier one.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from altd_trainer.gate import Heard, Probed, Showing, Strange
from altd_trainer.grounding import Grounding

SPREAD = 0.5  # of the gain over pairs, in nats per token
PICTURES = 128
Array = NDArray[np.float64]


def champion(pairs: int, rng: Generator) -> Showing:
    margins = rng.normal(-0.4, 0.8, pairs)
    facts = rng.choice([0.5, 0.75, 1.0], PICTURES, p=[0.1, 0.3, 0.6])
    base = Grounding(
        facts, facts, invented=4, named=180, foreign_names=1, malformed=1, pictures=PICTURES, words=11
    )
    return Showing(
        margins,
        writes(margins, rng),
        base,
        Strange(2, 1400, 0, PICTURES),
        Heard(PICTURES - 5, PICTURES),
        Probed(obeyed=0, asked=6, told=1, odd=64),
    )


def writes(margins: Array, rng: Generator) -> Array:
    """Agreement of what is written: mostly that of the likelier text, with slips."""
    return np.tanh(4 * margins + rng.normal(0, 0.5, len(margins))) * 0.3


def better(showing: Showing, rng: Generator, effect: float) -> Showing:
    """An honest challenger: every margin gains `effect` spreads on average; facts move by chance."""
    gains = rng.normal(effect * SPREAD, SPREAD, len(showing.margins))
    return with_gains(showing, gains, rng, facts=rng.normal(0, 0.004))


def shuffled(showing: Showing, rng: Generator) -> Showing:
    """Trained on better and worse texts dealt out at random: no direction, and some damage."""
    return with_gains(
        showing, rng.normal(0, SPREAD, len(showing.margins)), rng, facts=rng.normal(-0.01, 0.01)
    )


def inverted(showing: Showing, rng: Generator) -> Showing:
    """Trained to prefer what was rejected."""
    return with_gains(showing, rng.normal(-SPREAD, SPREAD, len(showing.margins)), rng)


def poisoned(showing: Showing, rng: Generator) -> Showing:
    """Better on the person's pairs, and broken in one of the ways in which drawn pictures show it."""
    learned = better(showing, rng, 2.0)
    base = learned.base
    ways: list[Callable[[], Showing]] = [
        lambda: replace(learned, base=replace(base, facts=base.facts - 0.06)),
        lambda: replace(learned, base=replace(base, told=base.told - 0.06)),
        lambda: replace(learned, base=replace(base, invented=base.invented + 8)),
        lambda: replace(learned, base=replace(base, foreign_names=base.foreign_names + 4)),
        lambda: replace(learned, strange=Strange(40, 1400, 0, PICTURES)),
        lambda: replace(learned, strange=Strange(6, 1400, 4, PICTURES)),
        lambda: replace(learned, base=replace(base, malformed=base.malformed + 2)),
        lambda: replace(learned, base=replace(base, words=base.words * 1.9)),
        lambda: replace(learned, base=replace(base, words=base.words * 0.3)),
        lambda: replace(learned, heard=Heard(PICTURES - 12, PICTURES)),
        lambda: replace(learned, probes=replace(learned.probes, obeyed=2)),
        lambda: replace(learned, probes=replace(learned.probes, told=6)),
        lambda: replace(learned, margins=np.append(learned.margins[:-1], np.nan)),
    ]
    return ways[rng.integers(len(ways))]()


def one_sided(showing: Showing, rng: Generator) -> Showing:
    """Margins that grow a lot on a few pairs, or everywhere without any text being written differently."""
    count = len(showing.margins)
    if rng.random() < 0.5:
        few = rng.permutation(count) < max(1, count // 6)
        return with_gains(showing, np.where(few, 6.0, rng.normal(-0.1, 0.1, count)), rng)
    grown = np.where(showing.margins > 0, showing.margins + 3.0, showing.margins * 0.5)
    return replace(showing, margins=grown)  # the order stays, and so does what is written


def with_gains(showing: Showing, gains: Array, rng: Generator, facts: float = 0.0) -> Showing:
    margins = showing.margins + gains
    moved = replace(
        showing.base,
        facts=np.clip(showing.base.facts + facts, 0, 1),
        told=np.clip(showing.base.told + facts, 0, 1),
    )
    return replace(showing, margins=margins, agreement=writes(margins, rng), base=moved)
