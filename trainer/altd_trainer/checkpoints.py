"""Checkpoints of a run: written so that they read back, and found so that a killed run still goes on."""

import json
from pathlib import Path
from typing import Any

from peft import PeftModel
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

_WRITTEN_LAST = "trainer_state.json"


class WholeCheckpoints:
    """For a `transformers.Trainer`: writes a whole model under the names that the running model uses.

    By default LLaVA's weights are saved under the hub's older names; the trainer reads a checkpoint back
    without translating, and would go on with fresh random weights.
    """

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """As in `Trainer`."""
        trainer: Any = self
        model = trainer.accelerator.unwrap_model(trainer.model)
        sharded = trainer.is_fsdp_enabled or trainer.is_deepspeed_enabled
        if sharded or isinstance(model, PeftModel):
            super().save_model(output_dir, _internal_call)  # type: ignore[misc]  # of the trainer beside it
        elif trainer.args.should_save:
            model.save_pretrained(output_dir or trainer.args.output_dir, save_original_format=False)


def last_checkpoint(folder: Path) -> str | None:
    """The newest checkpoint in a folder that was written to its end; None when there is none."""
    found = [path for path in folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*") if _complete(path)]
    return str(max(found, key=_step)) if found else None


def _step(path: Path) -> int:
    return int(path.name.rpartition("-")[2])


def _complete(path: Path) -> bool:
    try:
        state = json.loads((path / _WRITTEN_LAST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(state["global_step"] == _step(path))
