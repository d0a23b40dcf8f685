"""How people click beside what they want: slips, changes of mind, a taste that moves, verdicts not given."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Habits:
    """Shares of all looks at a picture; the rest is done as the taste says.

    Attributes:
        slip: accepts or rejects by mistake, without looking.
        returns: comes back to the picture seen last and says the opposite.
        ignores: gives no verdict, which is none.
        lazy: accepts what is true though it is not to the person's taste.
        drift: after this share of all verdicts the second taste holds; 1 never drifts.
    """

    slip: float = 0.05
    returns: float = 0.02
    ignores: float = 0.2
    lazy: float = 0.1
    drift: float = 1.0


CAREFUL = Habits(0.0, 0.0, 0.0, 0.0)
USUAL = Habits()
CARELESS = Habits(slip=0.3)
"""Three in ten clicks are wrong: what learning must survive without harm."""
