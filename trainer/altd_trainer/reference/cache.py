"""The file of reference log-probabilities: eight numbers per example, computed once.

They stay valid because negatives are a pure function of (seed, example id). Each entry stands with all
that it depends on (`altd_trainer.reference.key`); an entry for anything else is refused and computed anew.
"""

import json
import logging
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from altd.errors import AltdError
from altd_trainer.collator import DataCollatorForMCMPreference, PreferenceBatch
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.logprobs import leaf_logps
from altd_trainer.reference.key import Parts, difference, example_parts, settings_parts

T = TypeVar("T")

FORMAT = "altd reference 1"
_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ranks:
    """The processes that compute together.

    Attributes:
        rank: this process.
        world: how many there are.
        gather: (a list on every process) → all their lists joined in the order of ranks, on every
            process; `accelerate.utils.gather_object` is one.
    """

    rank: int = 0
    world: int = 1
    gather: Callable[[list[Any]], list[Any]] = field(default=list)

    def from_first(self, make: Callable[[], T]) -> T:
        """What the first process makes, on all of them."""
        shared: list[T] = self.gather([make()] if self.rank == 0 else [])
        return shared[0]

    def share(self, items: Sequence[T]) -> list[T]:
        """This process's part. All get equally many, some twice: a sharded model runs on all at once."""
        rounds = -(-len(items) // self.world)
        return [items[(self.rank + step * self.world) % len(items)] for step in range(rounds)]


@dataclass(frozen=True)
class ReferenceTable:
    """Log-probabilities by example id, and how they were come by.

    Attributes:
        rows: id → (2, 2, 2) [context, image, response].
        refused: why stored entries were not used → how many.
        computed: how many were computed now.
    """

    rows: dict[str, Tensor]
    refused: dict[str, int] = field(default_factory=dict)
    computed: int = 0

    def lookup(self, ids: Sequence[str], device: torch.device) -> Tensor:
        """(B, 2, 2, 2) for a batch.

        Raises:
            KeyError: naming the example that was not precomputed.
        """
        missing = [name for name in ids if name not in self.rows]
        if missing:
            raise KeyError(f"no reference log-probabilities for example {missing[0]}")
        return torch.stack([self.rows[name] for name in ids]).to(device)


@dataclass(frozen=True)
class Entry:
    """One example's log-probabilities (2, 2, 2) and the example's parts that they were computed for."""

    parts: Parts
    logps: Tensor


@dataclass(frozen=True)
class ReferenceCache:
    """A file of reference log-probabilities.

    It is replaced whole, so that another run reads either the former or the new one, and what another
    run of the same settings added meanwhile is kept.

    Attributes:
        path: the file; it need not exist.
        save_every: examples between two writes; an interrupted run loses at most as many.
    """

    path: Path
    save_every: int = 512

    def complete(
        self,
        model: Any,
        examples: Sequence[PreferenceExample],
        collator: DataCollatorForMCMPreference,
        *,
        batch_size: int = 8,
        prepare: Callable[[Any], PreferenceBatch] = lambda batch: batch,
        score: Callable[[Any, PreferenceBatch], Tensor] = leaf_logps,
        ranks: Ranks | None = None,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> ReferenceTable:
        """The table of all examples: valid entries are read, the others are computed and written.

        The model computes as it stands (adapter, autocast, modules in evaluation mode or not), which must
        be as it will compute in training.

        Args:
            prepare: moves a batch to the model's device.
            score: (model, batch) → log-probabilities (B, 2, 2, 2).
            ranks: the processes that share the work; only the first reads and writes the file.
            progress: told how many are done, of how many that are missing.

        Raises:
            AltdError: `trainer_failed`, naming an example whose log-probability is no finite number, or
                an id that two different examples have.
            UnreadableImageError: when a picture cannot be read.
        """
        ranks = ranks or Ranks()
        settings = _agreed(settings_parts(model, collator), ranks)
        entries, refused, missing = ranks.from_first(lambda: self._review(examples, collator, settings))
        _tell(self.path, refused, ranks)
        named = {example.id: example for example in examples}
        names = list(missing)
        for start in range(0, len(names), self.save_every):
            part = names[start : start + self.save_every]
            share = [named[name] for name in ranks.share(part)]
            own = _compute(model, share, collator, batch_size, prepare, score)
            made: dict[str, Tensor] = dict(ranks.gather(list(own.items())))
            entries |= {name: Entry(missing[name], made[name]) for name in part}
            if ranks.rank == 0:
                self.write(settings, entries)
            progress(start + len(part), len(names))
        return ReferenceTable({name: entries[name].logps for name in named}, refused, len(names))

    def read(self, settings: Parts) -> tuple[dict[str, Entry], str | None]:
        """The entries that were computed under these settings, and why those of the file were not."""
        if not self.path.exists():
            return {}, None
        try:
            with safe_open(self.path, framework="pt") as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT:
                    return {}, "the file is no reference cache of this version"
                found: Parts = json.loads(metadata["settings"])
                part = difference(found, settings)
                if part is not None:
                    return {}, f"{part} was {found.get(part)} and is {settings.get(part)}"
                parts = json.loads(metadata["examples"])
                rows = zip(parts.items(), file.get_tensor("logps"), strict=True)
                return {name: Entry(own, logps) for (name, own), logps in rows}, None
        except (OSError, SafetensorError, ValueError, KeyError):
            return {}, "the file is damaged"

    def write(self, settings: Parts, entries: dict[str, Entry]) -> None:
        """Replace the file, keeping entries of other examples that it has for the same settings."""
        entries = self.read(settings)[0] | entries
        metadata = {
            "format": FORMAT,
            "settings": json.dumps(settings),
            "examples": json.dumps({name: entry.parts for name, entry in entries.items()}),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        try:
            save_file({"logps": torch.stack([e.logps for e in entries.values()])}, temporary, metadata)
            temporary.replace(self.path)
        finally:
            temporary.unlink(missing_ok=True)

    def _review(
        self,
        examples: Sequence[PreferenceExample],
        collator: DataCollatorForMCMPreference,
        settings: Parts,
    ) -> tuple[dict[str, Entry], dict[str, int], dict[str, Parts]]:
        """(valid entries, reasons of refusal, parts of the examples that have none)."""
        wanted = _parts_by_id(examples, collator)
        stored, foreign = self.read(settings)
        refused: Counter[str] = Counter({foreign: len(wanted)} if foreign else {})
        entries = {}
        for name in wanted.keys() & stored.keys():
            part = difference(stored[name].parts, wanted[name])
            if part is None:
                entries[name] = stored[name]
            else:
                refused[f"the example has other {part}"] += 1
        missing = {name: parts for name, parts in wanted.items() if name not in entries}
        return entries, dict(refused), missing


def _parts_by_id(
    examples: Sequence[PreferenceExample], collator: DataCollatorForMCMPreference
) -> dict[str, Parts]:
    wanted: dict[str, Parts] = {}
    for example in examples:
        parts = example_parts(example, collator.negatives)
        if wanted.setdefault(example.id, parts) != parts:
            raise AltdError("trainer_failed", f"two different examples have the id {example.id}")
    return wanted


@torch.no_grad()
def _compute(
    model: Any,
    examples: Sequence[PreferenceExample],
    collator: DataCollatorForMCMPreference,
    batch_size: int,
    prepare: Callable[[Any], PreferenceBatch],
    score: Callable[[Any, PreferenceBatch], Tensor],
) -> dict[str, Tensor]:
    """Log-probabilities (2, 2, 2) by id, of the model as it stands."""
    rows: dict[str, Tensor] = {}
    for start in range(0, len(examples), batch_size):
        batch = prepare(collator(examples[start : start + batch_size]))
        rows.update(zip(batch["ids"], score(model, batch).cpu(), strict=True))
    for name, logps in rows.items():
        if not logps.isfinite().all():
            message = f"the reference log-probability of example {name} is not a finite number"
            raise AltdError("trainer_failed", message)
    return rows


def _agreed(settings: Parts, ranks: Ranks) -> Parts:
    """One value a part; where processes hold different shards, all of theirs."""
    of_ranks: list[Parts] = ranks.gather([settings])
    return {name: "+".join(dict.fromkeys(own[name] for own in of_ranks)) for name in settings}


def _tell(path: Path, refused: dict[str, int], ranks: Ranks) -> None:
    for reason, count in refused.items():
        if ranks.rank == 0:
            _LOGGER.warning(
                "%s: %d reference entries are refused and computed again: %s", path.name, count, reason
            )
