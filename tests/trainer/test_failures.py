"""What goes wrong is said in one sentence that names the example or the setting. Each is really provoked."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch
from click.testing import CliRunner

from altd.errors import AltdError
from altd_trainer.cli import main
from altd_trainer.data import PreferenceExample, write_examples
from altd_trainer.failures import (
    failures_explained,
    require_different,
    require_finite,
    require_one_step_for_all,
    require_usable,
)
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.objective import PLAIN_DPO, PreferenceWeights
from altd_trainer.settings import MCMDPOConfig

MakeExamples = Callable[[int], list[PreferenceExample]]


@contextmanager
def little_memory(megabytes: int) -> Iterator[None]:
    """The process may take only so much more address space inside the block."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + megabytes * 2**20, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def test_too_little_memory_names_what_to_lower(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    """The allocation that fails is torch's own: rows times vocabulary of a batch that is far too large."""
    examples = [replace(e, chosen="long " * 60 + e.chosen) for e in make_examples(80)]
    settings = {"per_device_train_batch_size": 80, "per_device_eval_batch_size": 80, "layout": "rows"}
    with (
        little_memory(150),
        pytest.raises(AltdError, match=r"per_device_train_batch_size \(now 80.*row_microbatching") as caught,
    ):
        train_mcm_dpo(model_dir, None, examples, tmp_path, settings, quantization="none")
    assert "activation_checkpointing" in caught.value.message


def test_a_full_graphics_card_is_told_apart() -> None:
    with pytest.raises(AltdError, match="graphics card") as caught, failures_explained(4):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
    assert caught.value.code == "gpu_out_of_memory"


def test_other_errors_pass_unchanged() -> None:
    with pytest.raises(RuntimeError, match=r"^shapes cannot be multiplied$"), failures_explained(4):
        raise RuntimeError("shapes cannot be multiplied")


@pytest.mark.parametrize("workers", [0, 1])
def test_an_unreadable_image_names_example_and_file(
    workers: int, model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    (tmp_path / "shot.png").write_bytes(b"no picture")
    good, bad = make_examples(2)
    examples = [good, replace(bad, id="shot-7", image=tmp_path / "shot.png")]
    settings = {"precompute_ref_log_probs": False, "dataloader_num_workers": workers}
    with pytest.raises(ValueError, match=r"^example shot-7: .*shot\.png") as caught:
        train_mcm_dpo(model_dir, None, examples, tmp_path, settings, quantization="none")
    assert len(str(caught.value).splitlines()) == 1


def test_sets_that_nothing_can_be_learned_from(make_examples: MakeExamples) -> None:
    with pytest.raises(AltdError, match="training set is empty"):
        require_usable([], PreferenceWeights())
    with pytest.raises(AltdError, match="example e0 stands 2 times"):
        require_usable(make_examples(1) * 2, PreferenceWeights())
    accepted = [replace(example, rejected=None) for example in make_examples(3)]
    require_usable(accepted, PreferenceWeights())
    with pytest.raises(AltdError, match="none of the 3 examples has a rejected text"):
        require_usable(accepted, PLAIN_DPO)


def test_rows_at_a_time_do_not_go_with_every_way_to_shard(
    tmp_path: Path, make_examples: MakeExamples
) -> None:
    rows = MCMDPOConfig(str(tmp_path), use_cpu=True, row_microbatching=True, layout="rows")
    some_without = make_examples(3)
    with pytest.raises(AltdError, match="does not go with DeepSpeed"):
        require_one_step_for_all(rows, some_without, deepspeed=True, fsdp=False)
    with pytest.raises(AltdError, match=r"layout rows .*set layout to tree"):
        require_one_step_for_all(rows, some_without, deepspeed=False, fsdp=True)
    require_one_step_for_all(rows, some_without[:2], deepspeed=False, fsdp=True)
    require_one_step_for_all(replace(rows, layout="tree"), some_without, deepspeed=False, fsdp=True)
    require_one_step_for_all(rows, some_without, deepspeed=False, fsdp=False)


def test_one_example_under_two_ids(make_examples: MakeExamples) -> None:
    example = replace(make_examples(1)[0], image=b"png")
    require_different([example, replace(example, id="b", image=b"jpg")])
    with pytest.raises(AltdError, match="examples e0 and b are the same"):
        require_different([example, replace(example, id="b")])
    with pytest.raises(AltdError, match="example e0 is trained on and held out"):
        require_different([example], [replace(example, image=b"jpg")])


def test_a_loss_that_is_no_number() -> None:
    require_finite(torch.tensor([0.1, 2.0]), ["a", "b"])
    with pytest.raises(AltdError, match="loss of example b is not a finite number"):
        require_finite(torch.tensor([0.1, torch.nan]), ["a", "b"])


@pytest.mark.parametrize("command", ["sft", "mcm-dpo"])
def test_the_command_line_says_it_in_one_sentence(
    command: str, model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    write_examples([*make_examples(2), replace(make_examples(1)[0], id="again")], tmp_path / "e.jsonl")
    recipe = tmp_path / "r.yaml"
    recipe.write_text(f"output: {tmp_path}\nmodel: {model_dir}\ndata: {tmp_path}/e.jsonl\n")
    result = CliRunner().invoke(main, [command, "--recipe", str(recipe)])
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "Error: examples e0 and again are the same"
