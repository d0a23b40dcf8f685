"""How to retrain. `benchmarks/retrain_study.py` measures what these do."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from altd_trainer.settings import PLAIN_DPO_SETTINGS

Method = Literal["mcm-dpo", "dpo", "kto", "sft"]
METHODS: tuple[Method, ...] = get_args(Method)

REVISION = 2
"""Of all else that decides what comes out; raised when the same settings come to mean other weights."""

_ELSEWHERE = ("dry_run", "only_new", "keep")  # they do not change what comes out
_SHARED: dict[str, Any] = {
    "per_device_train_batch_size": 8,
    "gradient_accumulation_steps": 1,
    "logging_steps": 1,
    "save_steps": 10,  # what a stop costs at most
    "save_total_limit": 1,
}

# of the seven: noise and other posts are told apart at once, and at the released weights, which are meant for
# thousands of pictures, a few dozen of them teach the model to say more than it sees
_WEIGHTS = {
    **dict.fromkeys(("image", "context"), 0.2),
    **dict.fromkeys(("context_response", "image_response", "context_image", "context_image_response"), 0.1),
}


@dataclass(frozen=True)
class RetrainOptions:
    """How to retrain.

    Attributes:
        dry_run: say what would be learned from, and train nothing.
        only_new: train only when enough verdicts came since the last time.
        from_clean: start from the last generation that learned nothing which was purged since.
        method: `mcm-dpo`, or `dpo`, `kto` and `sft` to compare with.
        steps: of eight examples each, whatever there is: few examples are seen often, many seldom.
        learning_rate: of the adapter.
        drafts: one after the other (`rehearsal`); each learns from what the one before wrote.
        draft_steps: of the first draft; the second, with more to learn from, takes twice as many.
        draft_learning_rate: of the drafts, which may forget for the sake of the form.
        rehearsed_pictures: drawn pictures that a draft is asked about; 0 makes none.
        sft_weight: pull towards the chosen text itself. The preference alone parts the two texts without
            making either likely: what is then written instead is often neither, and no sentence.
        hold: strength with which drawn pictures' texts are kept as likely as they were, but for the tokens
            at which the person's edits leave the model's texts (`altd_trainer.holding`).
        held_pictures: how many there are of them.
        beta: strength of the pull to the reference: each preference is content when it has gained a few
            times 1 / beta nats. A lower one goes on to part the person's few pictures from noise, and the
            model then invents; that a text in another form is written at all is the work of `sft_weight`.
        unpaired: make texts less likely that were rejected where no better one is known
            (`altd_trainer.unpaired`).
        base_pictures: drawn pictures that the gate describes. Of 256 the change in right facts is known to
            0.45 points (one standard error), of these to 0.22; the tolerance is 2.
        watched_pictures: drawn pictures that decide, before the gate, how far to go.
        keep: folder to keep in what is otherwise deleted: the challenger, which the gate may refuse, and what
            adapters wrote of drawn pictures, which trainings that are compared then share.
    """

    dry_run: bool = False
    only_new: bool = False
    from_clean: bool = False
    method: Method = "mcm-dpo"
    steps: int = 200
    learning_rate: float = 1e-3
    drafts: int = 2
    draft_steps: int = 60
    draft_learning_rate: float = 3e-3
    rehearsed_pictures: int = 1152
    sft_weight: float = 8.0
    hold: float = 2.0
    held_pictures: int = 128
    beta: float = 0.3
    unpaired: bool = False
    base_pictures: int = 1024
    watched_pictures: int = 512
    keep: Path | None = None

    def training(self) -> dict[str, Any]:
        """The settings of the trainer of this method."""
        common = {**_SHARED, "max_steps": self.steps, "learning_rate": self.learning_rate}
        if self.method == "sft":
            return common
        if self.method == "dpo":
            return {**common, **PLAIN_DPO_SETTINGS, "beta": self.beta}
        if self.method == "kto":
            return {**common, "preset": "kto", "beta": self.beta}
        # inside one log-sigmoid the image terms, which are soon learned, leave the texts no gradient
        separate = {"aggregation": "separate", "renormalise": True, "loss_weights": _WEIGHTS}
        return {**common, **separate, "sft_weight": self.sft_weight, "beta": self.beta}

    def drafting(self, number: int) -> dict[str, Any]:
        """The settings of the trainer of a draft, counted from one."""
        steps = number * self.draft_steps
        return {**_SHARED, "max_steps": steps, "learning_rate": self.draft_learning_rate}

    def identity(self) -> dict[str, Any]:
        """What of this changes what comes out, and the revision of the rest."""
        settings = {name: value for name, value in asdict(self).items() if name not in _ELSEWHERE}
        return {**settings, "revision": REVISION}
