"""How to retrain. `benchmarks/retrain_study.py` measures what these do."""

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from altd_trainer.settings import PLAIN_DPO_SETTINGS

Method = Literal["mcm-dpo", "dpo", "sft"]
METHODS: tuple[Method, ...] = get_args(Method)

_ELSEWHERE = ("dry_run", "only_new")  # they do not change what comes out
_SHARED: dict[str, Any] = {
    "gradient_accumulation_steps": 1,
    "logging_steps": 1,
    "save_steps": 10,  # what a stop costs at most
    "save_total_limit": 1,
}


@dataclass(frozen=True)
class RetrainOptions:
    """How to retrain.

    Attributes:
        dry_run: say what would be learned from, and train nothing.
        only_new: train only when enough verdicts came since the last time.
        from_clean: start from the last generation that learned nothing which was purged since.
        method: `mcm-dpo`, or `dpo` and `sft` to compare with.
        epochs: passes over the examples.
        learning_rate: of the adapter.
        sft_weight: pull towards the chosen text itself. The preference alone parts the two texts without
            making either likely: what is then written instead is often neither, and no sentence.
        replay: drawn examples for each of the user's. Their texts have the model's own form, so that with
            them a taste in form is learned and unlearned at once; what keeps the model from forgetting is
            the stride.
        beta: strength of the pull to the reference. A text in another form than the model's own is
            improbable by dozens of nats at first; a strong pull would let go long before it is preferred.
        base_pictures: drawn pictures that the gate describes.
        watched_pictures: drawn pictures that decide, before the gate, how far to go.
    """

    dry_run: bool = False
    only_new: bool = False
    from_clean: bool = False
    method: Method = "mcm-dpo"
    epochs: float = 12.0
    learning_rate: float = 5e-4
    sft_weight: float = 8.0
    replay: float = 0.0
    beta: float = 0.05
    base_pictures: int = 128
    watched_pictures: int = 64

    def training(self) -> dict[str, Any]:
        """The settings of the trainer of this method."""
        common = {**_SHARED, "num_train_epochs": self.epochs, "learning_rate": self.learning_rate}
        if self.method == "sft":
            return common
        if self.method == "dpo":
            return {**common, **PLAIN_DPO_SETTINGS, "beta": self.beta}
        # inside one log-sigmoid the image terms, which are soon learned, leave the texts no gradient
        separate = {"aggregation": "separate", "renormalise": True}
        return {**common, **separate, "sft_weight": self.sft_weight, "beta": self.beta}

    def identity(self) -> dict[str, Any]:
        """What of this changes what comes out."""
        return {name: value for name, value in asdict(self).items() if name not in _ELSEWHERE}
