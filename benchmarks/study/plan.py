"""What is run: starting models, methods, and the list of runs in the order in which they matter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from altd_trainer.objective import LEAVES

Vision = Literal["frozen", "trained"]


@dataclass(frozen=True)
class Start:
    """The bundled base model after SFT on captions of which a share is what careless people write.

    Attributes:
        noise: that share.
        vision_encoder: whether SFT changes the vision encoder.
        pictures: how many captions.
    """

    noise: float = 0.75
    vision_encoder: Vision = "frozen"
    pictures: int = 3200

    @property
    def name(self) -> str:
        """As in file names."""
        return f"sft-noise{round(100 * self.noise)}-{self.vision_encoder}"


_SEPARATE = {"preset": "mcm-dpo", "aggregation": "separate", "renormalise": True}
METHODS: Mapping[str, Mapping[str, Any]] = {
    "sft": {},
    "sft on chosen": {},
    "dpo": {"preset": "dpo"},
    "mdpo": {"preset": "mdpo", "negative_image": "crop"},
    "chip": {"preset": "chip", "diffusion_step": 500, "precompute_ref_log_probs": False},
    "mcm-dpo": {"preset": "mcm-dpo"},
    "dpo + sft": {"preset": "dpo", "sft_weight": 1.0},
    "mcm-dpo separate": _SEPARATE,
    "mcm-dpo separate + sft": {**_SEPARATE, "sft_weight": 1.0},
}
"""Each with the rejected image of its publication; `sft` is the starting model as it is.

The last three follow up what the others showed: a log-sigmoid for each term, whose weights sum to one, and
the chosen text's own likelihood beside the preferences.
"""

SEARCHED = (3e-5, 1e-4, 3e-4, 1e-3)
FOLLOWED_UP = (1e-4, 3e-4)  # the rates that won for the published preference methods
_FOLLOWING = ("dpo + sft", "mcm-dpo separate", "mcm-dpo separate + sft")
SEEDS = (0, 1, 2)
TERMS = tuple(LEAVES)


@dataclass(frozen=True)
class Run:
    """One trained model.

    Attributes:
        name: of its result file.
        group: the table that it belongs to.
        method: in `METHODS`.
        learning_rate: None takes the method's best of the search.
        settings: of the trainer, beside the method's.
        pairs: preference pairs, each seen once.
        chosen: `true` texts, or `better` ones: with more right facts than the rejected, but not all.
    """

    name: str
    group: str
    method: str
    seed: int = 0
    learning_rate: float | None = None
    start: Start = Start()
    pairs: int = 500
    chosen: Literal["true", "better"] = "true"
    settings: Mapping[str, Any] = field(default_factory=dict)


def rates(method: str) -> tuple[float, ...]:
    """The learning rates that are tried for a method."""
    return FOLLOWED_UP if method in _FOLLOWING else SEARCHED


def search() -> list[Run]:
    """Every trained method at its learning rates, judged on validation pictures."""
    return [
        Run(f"search {method} {rate:g}", "search", method, learning_rate=rate)
        for method in list(METHODS)[1:]
        for rate in rates(method)
    ]


def studies() -> Iterator[Run]:
    """All other runs: the main table first, then the ablations."""
    yield Run("main sft", "main", "sft")
    for seed in SEEDS:
        for method in list(METHODS)[1:]:
            group = "follow-up" if method in _FOLLOWING else "main"
            yield Run(f"main {method} {seed}", group, method, seed)
    full = Run("", "", "mcm-dpo")
    for term in TERMS:
        settings = {"loss_weights": {term: 0.0}, "renormalise": True}
        yield replace(full, name=f"without {term}", group="terms", settings=settings)
    for kind in ("blank", "other", "crop", "rotate"):
        yield replace(full, name=f"negative {kind}", group="negatives", settings={"negative_image": kind})
    yield from _noise(full)
    yield from _paradigms(full)
    for method in ("sft on chosen", "dpo", "mdpo", "mcm-dpo", "mcm-dpo separate + sft"):
        yield Run(f"better chosen {method}", "chosen", method, chosen="better")
    for method in ("mcm-dpo", "dpo"):
        for pairs in (100, 1000, 10_000):
            yield Run(f"pairs {pairs} {method}", "pairs", method, pairs=pairs)


def _paradigms(full: Run) -> Iterator[Run]:
    """The vision encoder frozen or trained in each stage; frozen in both is the main run."""
    first: Vision
    for first in ("frozen", "trained"):
        start = Start(vision_encoder=first)
        if first == "trained":
            yield Run("paradigm trained, sft alone", "paradigms", "sft", start=start)
        for second in ("frozen", "trained"):
            if (first, second) != ("frozen", "frozen"):
                name = f"paradigm {first} {second}"
                settings = {"vision_encoder": second}
                yield replace(full, name=name, group="paradigms", start=start, settings=settings)


def _noise(full: Run) -> Iterator[Run]:
    for noise in (0.5, 0.0):
        start = Start(noise)
        yield Run(f"noise {noise:g} sft", "noise", "sft", start=start)
        for method in ("dpo", "mcm-dpo"):
            yield replace(full, name=f"noise {noise:g} {method}", group="noise", method=method, start=start)
