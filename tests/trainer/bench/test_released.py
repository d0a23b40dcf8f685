"""The released way is a comparison only as long as it computes what ours computes."""

from collections.abc import Callable
from pathlib import Path

import torch

from altd.models.loading import load_model, load_processor
from altd_trainer.bench.released import released_logps
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data import PreferenceExample
from altd_trainer.logprobs import leaf_logps
from altd_trainer.negatives import NegativeConfig


def test_it_gives_the_log_probabilities_of_the_eight_rows(
    model_dir: Path, make_examples: Callable[[int], list[PreferenceExample]]
) -> None:
    model, processor = load_model(model_dir, "none").eval(), load_processor(model_dir)
    batch = DataCollatorForMCMPreference(processor, NegativeConfig(), layout="rows")(make_examples(3))
    with torch.no_grad():
        found = released_logps(model, batch)
        torch.testing.assert_close(found, leaf_logps(model, batch), rtol=0, atol=1e-4)
    assert torch.equal(found[..., 1].lt(0).all(dim=(1, 2)), batch["has_rejected"].flatten())
