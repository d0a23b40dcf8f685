"""Reference log-probabilities: eight numbers per example, computed once.

They stay valid because negatives are a pure function of (seed, example id). What else they depend on
(texts, pictures, negatives, prompt, the adapter at the start) is in the fingerprint of a stored table.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from altd.describe.prompt import PROMPT_VERSION
from altd_trainer.collator import DataCollatorForMCMPreference, PreferenceBatch
from altd_trainer.data.images import image_digest
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.logprobs import leaf_logps
from altd_trainer.negatives import NegativeConfig

REFERENCE_ADAPTER = "reference"


class ReferenceTable:
    """Log-probabilities (2, 2, 2) by example id."""

    def __init__(self, rows: dict[str, Tensor]) -> None:
        self.rows = rows

    def lookup(self, ids: Sequence[str], device: torch.device) -> Tensor:
        """(B, 2, 2, 2) for a batch.

        Raises:
            KeyError: naming the example that was not precomputed.
        """
        missing = [name for name in ids if name not in self.rows]
        if missing:
            raise KeyError(f"no reference log-probabilities for example {missing[0]}")
        return torch.stack([self.rows[name] for name in ids]).to(device)

    def save(self, path: Path, fingerprint: str) -> None:
        """Write the table; the fingerprint says what it is valid for."""
        names = sorted(self.rows)
        table = torch.stack([self.rows[name] for name in names])
        metadata = {"fingerprint": fingerprint, "ids": json.dumps(names)}
        temporary = path.with_suffix(".part")
        save_file({"logps": table}, temporary, metadata)
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path, fingerprint: str) -> "ReferenceTable | None":
        """The stored table, or None when there is none for this fingerprint or it is damaged."""
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata()
                if metadata.get("fingerprint") != fingerprint:
                    return None
                return cls(dict(zip(json.loads(metadata["ids"]), file.get_tensor("logps"), strict=True)))
        except (OSError, SafetensorError):
            return None


@torch.no_grad()
def precompute(
    model: Any,
    examples: Sequence[PreferenceExample],
    collator: DataCollatorForMCMPreference,
    batch_size: int,
    prepare: Callable[[Any], PreferenceBatch],
) -> ReferenceTable:
    """Run the model as it stands over all examples.

    Args:
        prepare: moves a batch to the model's device.
    """
    rows: dict[str, Tensor] = {}
    for start in range(0, len(examples), batch_size):
        batch = prepare(collator(examples[start : start + batch_size]))
        rows.update(zip(batch["ids"], leaf_logps(model, batch).cpu(), strict=True))
    return ReferenceTable(rows)


def fingerprint(examples: Sequence[PreferenceExample], negatives: NegativeConfig, model: Any) -> str:
    """sha256 over everything that the log-probabilities depend on, trained weights at the start included."""
    digest = hashlib.sha256(json.dumps([PROMPT_VERSION, asdict(negatives)]).encode())
    for example in examples:
        contexts = [asdict(c) if c else None for c in (example.context, example.rejected_context)]
        texts = [example.chosen, example.rejected, list(example.lines)]
        digest.update(json.dumps([example.id, contexts, texts, image_digest(example)]).encode())
    for name, parameter in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(parameter.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def add_reference_adapter(model: Any) -> None:
    """Keep a frozen copy of the adapter as it is now, for live reference passes.

    A fresh adapter (B = 0) changes nothing, so its reference is the model without adapter and no copy
    is made.
    """
    state = {name: value for name, value in model.state_dict().items() if ".lora_B." in name}
    if all(not value.any() for value in state.values()):
        return
    model.add_adapter(REFERENCE_ADAPTER, model.peft_config["default"])
    parameters = dict(model.named_parameters())
    for name, parameter in parameters.items():
        if f".{REFERENCE_ADAPTER}." in name:
            parameter.data.copy_(parameters[name.replace(f".{REFERENCE_ADAPTER}.", ".default.")].data)
            parameter.requires_grad_(False)


@contextmanager
def as_reference(model: Any) -> Iterator[None]:
    """Answer as the reference model inside the block: with the frozen copy, else without adapter."""
    if REFERENCE_ADAPTER not in model.peft_config:
        with model.disable_adapter():
            yield
        return
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    model.set_adapter(REFERENCE_ADAPTER)
    try:
        yield
    finally:
        # set_adapter decides what trains; put back exactly what trained before
        model.set_adapter("default")
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        for parameter in trainable:
            parameter.requires_grad_(True)
