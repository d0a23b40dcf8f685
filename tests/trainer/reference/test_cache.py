"""The file of reference log-probabilities: what is valid is read, the rest is refused and computed."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from altd.errors import AltdError
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.logprobs import leaf_logps
from altd_trainer.negatives import NegativeConfig
from altd_trainer.reference.cache import Ranks, ReferenceCache
from altd_trainer.reference.key import settings_parts

from .models import collator_of, lora_model

MakeExamples = Callable[[int], list[PreferenceExample]]


@pytest.fixture(scope="module")
def model(model_dir: Path) -> Any:
    return lora_model(model_dir)


@pytest.fixture(scope="module")
def collator(model_dir: Path) -> DataCollatorForMCMPreference:
    return collator_of(model_dir)


@pytest.fixture
def cache(tmp_path: Path) -> ReferenceCache:
    return ReferenceCache(tmp_path / "run" / "reference_logps.safetensors", save_every=2)


def test_the_numbers_are_the_models(
    cache: ReferenceCache, model: Any, collator: DataCollatorForMCMPreference, make_examples: MakeExamples
) -> None:
    examples = make_examples(3)
    heard: list[tuple[int, int]] = []
    table = cache.complete(
        model, examples, collator, batch_size=2, progress=lambda done, total: heard.append((done, total))
    )
    with torch.no_grad():
        expected = leaf_logps(model, collator(examples))
    torch.testing.assert_close(table.lookup([e.id for e in examples], torch.device("cpu")), expected)
    assert (table.computed, heard) == (3, [(2, 3), (3, 3)])
    assert not table.rows["e2"][..., 1].any()  # it has no rejected text
    with pytest.raises(KeyError, match="no reference log-probabilities for example e7"):
        table.lookup(["e0", "e7"], torch.device("cpu"))


def test_what_is_valid_is_read_and_what_is_missing_is_added(
    cache: ReferenceCache, model: Any, collator: DataCollatorForMCMPreference, make_examples: MakeExamples
) -> None:
    examples = make_examples(4)
    first = cache.complete(model, examples[:2], collator)
    second = cache.complete(model, examples[1:], collator)
    assert (second.computed, second.refused) == (2, {})
    assert torch.equal(first.rows["e1"], second.rows["e1"])
    third = cache.complete(model, examples[::-1], collator)
    assert (third.computed, list(third.rows)) == (0, ["e3", "e2", "e1", "e0"])
    assert [path.name for path in cache.path.parent.iterdir()] == [cache.path.name]


def test_a_changed_example_is_refused_and_computed_again(
    cache: ReferenceCache,
    model: Any,
    collator: DataCollatorForMCMPreference,
    make_examples: MakeExamples,
    caplog: pytest.LogCaptureFixture,
) -> None:
    examples = make_examples(2)
    before = cache.complete(model, examples, collator)
    edited = [replace(examples[0], chosen="A better text."), examples[1]]
    with caplog.at_level(logging.WARNING):
        after = cache.complete(model, edited, collator)
    assert (after.computed, after.refused) == (1, {"the example has other texts": 1})
    assert "1 reference entries are refused and computed again: the example has other texts" in caplog.text
    assert not torch.equal(before.rows["e0"], after.rows["e0"])
    assert cache.complete(model, edited, collator).computed == 0


def test_entries_of_other_settings_are_refused(
    cache: ReferenceCache, model: Any, model_dir: Path, make_examples: MakeExamples
) -> None:
    examples = make_examples(2)
    cache.complete(model, examples, collator_of(model_dir))
    other = collator_of(model_dir, negatives=NegativeConfig(seed=5))
    table = cache.complete(model, examples, other)
    (reason,) = table.refused
    assert reason.startswith('negatives was {"diffusion_step": 700, "image": "diffusion", "seed": 0} and is')
    assert table.computed == 2


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _foreign(path: Path) -> None:
    save_file({"logps": torch.zeros(2, 2, 2, 2)}, path, {"fingerprint": "0", "ids": "[]"})


def _short(path: Path) -> None:
    save_file({"other": torch.zeros(1)}, path, {"format": "altd reference 1", "settings": "{}"})


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_cut, "the file is damaged"),
        (_empty, "the file is damaged"),
        (_foreign, "the file is no reference cache of this version"),
        (_short, "prompt version was None"),
    ],
)
def test_damaged_and_foreign_files_are_replaced(
    cache: ReferenceCache,
    model: Any,
    collator: DataCollatorForMCMPreference,
    make_examples: MakeExamples,
    harm: Callable[[Path], None],
    reason: str,
) -> None:
    examples = make_examples(1)
    cache.complete(model, examples, collator)
    harm(cache.path)
    table = cache.complete(model, examples, collator)
    assert next(iter(table.refused)).startswith(reason)
    assert table.computed == 1
    assert cache.complete(model, examples, collator).computed == 0


def test_an_interrupted_run_keeps_what_it_saved(
    cache: ReferenceCache, model: Any, collator: DataCollatorForMCMPreference, make_examples: MakeExamples
) -> None:
    examples = make_examples(5)

    def interrupt(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.complete(model, examples, collator, progress=interrupt)
    assert cache.complete(model, examples, collator).computed == 1


def test_a_reader_sees_a_whole_file_while_another_run_writes(
    cache: ReferenceCache, model: Any, collator: DataCollatorForMCMPreference, make_examples: MakeExamples
) -> None:
    cache.complete(model, make_examples(2), collator)
    settings = settings_parts(model, collator)
    entries, _ = cache.read(settings)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            cache.write(settings, entries)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(50):
            found, reason = cache.read(settings)
            assert (found.keys(), reason) == (entries.keys(), None)
    finally:
        done.set()
        writer.join()


def test_what_another_run_added_meanwhile_is_kept(
    cache: ReferenceCache, model: Any, collator: DataCollatorForMCMPreference, make_examples: MakeExamples
) -> None:
    examples = make_examples(4)
    cache.complete(
        model,
        examples[:2],
        collator,
        prepare=lambda batch: _meanwhile(cache, model, examples[2:], collator, batch),
    )
    assert cache.complete(model, examples, collator).computed == 0


def _meanwhile(
    cache: ReferenceCache, model: Any, examples: Any, collator: DataCollatorForMCMPreference, batch: Any
) -> Any:
    cache.complete(model, examples, collator)
    return batch


class Together:
    """`gather` between threads, as between processes."""

    def __init__(self, world: int) -> None:
        self.lists: list[list[Any]] = [[] for _ in range(world)]
        self.barrier = threading.Barrier(world, timeout=60)

    def ranks(self, rank: int) -> Ranks:
        def gather(own: list[Any]) -> list[Any]:
            self.lists[rank] = own
            self.barrier.wait()
            joined = [item for items in self.lists for item in items]
            self.barrier.wait()
            return joined

        return Ranks(rank, len(self.lists), gather)


@pytest.mark.parametrize("world", [2, 3])
def test_ranks_share_the_work_and_have_one_table(
    tmp_path: Path,
    model: Any,
    collator: DataCollatorForMCMPreference,
    make_examples: MakeExamples,
    world: int,
) -> None:
    examples = make_examples(5)
    together, tables, batches = Together(world), {}, dict.fromkeys(range(world), 0)

    def run(rank: int) -> None:
        def count(batch: Any) -> Any:
            batches[rank] += len(batch["ids"])
            return batch

        # the others have no such folder: only the first process reads and writes the file
        cache = ReferenceCache(tmp_path / str(rank) / "reference.safetensors", save_every=4)
        tables[rank] = cache.complete(
            model, examples, collator, batch_size=1, prepare=count, ranks=together.ranks(rank)
        )

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(world)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alone = ReferenceCache(tmp_path / "alone.safetensors").complete(model, examples, collator, batch_size=1)
    for rank in range(world):
        assert tables[rank].rows.keys() == alone.rows.keys()
        assert all(torch.equal(tables[rank].rows[name], row) for name, row in alone.rows.items())
    # equally many on every process, or a sharded model would wait for ever
    assert len(set(batches.values())) == 1
    assert sum(batches.values()) < 5 * world
    assert [path.name for path in tmp_path.glob("?")] == ["0"]
    kept = ReferenceCache(tmp_path / "0" / "reference.safetensors")
    assert kept.complete(model, examples, collator).computed == 0


def test_numbers_that_are_none_and_ids_of_two_are_named(
    cache: ReferenceCache,
    model_dir: Path,
    collator: DataCollatorForMCMPreference,
    make_examples: MakeExamples,
) -> None:
    examples, model = make_examples(2), lora_model(model_dir)
    twins = [examples[0], replace(examples[1], id="e0")]
    with pytest.raises(AltdError, match="two different examples have the id e0"):
        cache.complete(model, twins, collator)
    next(p for n, p in model.named_parameters() if ".lora_B." in n).data.fill_(float("nan"))
    with pytest.raises(AltdError, match="of example e0 is not a finite number"):
        cache.complete(model, examples, collator)
    assert not cache.path.exists()
