"""What an objective consists of: the weights of the preferences and the options beside them."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from altd_trainer.objective.weights import LEAVES, Leaf, PreferenceWeights

Aggregation = Literal["inside", "separate", "unpaired"]
"""`inside`: one log-sigmoid around the weighted sum. `separate`: the weighted sum of one for each.
`unpaired`: no preference but each text by itself, as in KTO."""


@dataclass(frozen=True)
class DynamicBeta:
    """beta-DPO (arXiv 2407.08639): beta follows the batch, and outlying examples are left out.

    Attributes:
        scale: how far beta moves, in 1/nat: beta * (1 + scale * (mean gap kept - running mean gap)).
            The paper's value is for long answers; gaps grow with length, so long answers want less.
        momentum: of the running mean and standard deviation of the gaps.
        keep: share of the batch that is kept, drawn without replacement by how usual the gap is.
        floor: lowest beta.
        seed: of that draw; it must be the same on every rank.
        start_at_zero: start the running statistics at zero, as the released code does. The first
            deviation is then a tenth of the batch's, so that the first draws keep only the very middle;
            by default they start at the first batch's own.

    Raises:
        ValueError: a value out of range.
    """

    scale: float = 0.6
    momentum: float = 0.9
    keep: float = 0.8
    floor: float = 1e-3
    seed: int = 0
    start_at_zero: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.momentum < 1 and 0 < self.keep <= 1 and self.floor > 0 and self.scale >= 0):
            raise ValueError(
                f"dynamic beta wants momentum in [0, 1), keep in (0, 1], floor > 0 and scale >= 0, not {self}"
            )


@dataclass(frozen=True)
class Objective:
    """A preference objective; the defaults are MCM-DPO as released, with every option off.

    Attributes:
        weights: of the seven preferences.
        beta: strength of the pull to the reference.
        aggregation: `inside` or `separate` log-sigmoids, or `unpaired`, which wants the weights of `kto`.
        renormalise: the normaliser is the sum of the weights in force, for each example: one without a
            rejected response then pulls as hard as the others, and dropping a term does not weaken beta.
        anchor: mDPO (arXiv 2406.11839): adds this times -log sigmoid(beta * D_www), which keeps the
            chosen response above the reference.
        entropy: SEE-DPO (arXiv 2411.04712): gamma / beta; the policy's log-probabilities count
            (1 + entropy) times in the preferences. Below zero it sharpens instead (H-DPO).
        sft: adds this times the chosen response's mean negative log-likelihood per token, where it was
            preferred to another: a text that was merely accepted is no model of how to write.
        segment: CHiP (arXiv 2501.16629): weight of tokens in changed spans (`segment_weights`).
        token_kl: CHiP: subtracts this times (KL_rejected - stopgrad KL_chosen) from the gap, with the
            sequence KLs of `sequence_kl`; with separate log-sigmoids from the response's margin.
        dynamic_beta: beta-DPO, through a `BetaController`.

    Raises:
        ValueError: a value out of range.
    """

    weights: PreferenceWeights = field(default_factory=PreferenceWeights)
    beta: float = 0.1
    aggregation: Aggregation = "inside"
    renormalise: bool = False
    anchor: float = 0.0
    entropy: float = 0.0
    sft: float = 0.0
    segment: float = 1.0
    token_kl: float = 0.0
    dynamic_beta: DynamicBeta | None = None

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The combinations `[context, image, response]` that the loss reads."""
        losers = {LEAVES[name] for name in self.weights.active()}
        pair = {LEAVES["response"]} if self.token_kl else set()
        return tuple(sorted({(0, 0, 0)} | losers | pair))

    def __post_init__(self) -> None:
        if self.aggregation not in get_args(Aggregation):
            raise ValueError(f"aggregation must be one of {get_args(Aggregation)}, not {self.aggregation!r}")
        positive = {"beta": self.beta, "segment": self.segment, "1 + entropy": 1 + self.entropy}
        least_zero = {"anchor": self.anchor, "sft": self.sft, "token_kl": self.token_kl}
        wrong = {name: value for name, value in positive.items() if value <= 0}
        wrong |= {name: value for name, value in least_zero.items() if value < 0}
        if wrong:
            raise ValueError(f"out of range: {wrong} ({', '.join(positive)} must be > 0, the others >= 0)")
