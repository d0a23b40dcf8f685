"""Stage 1: the texts it learns from, a recipe from start to end, and a run that goes on."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file

from altd.errors import AltdError
from altd.models.loading import load_processor
from altd_trainer.cli import main
from altd_trainer.collator import DataCollatorForMCMPreference
from altd_trainer.data import PreferenceExample
from altd_trainer.families import load_processor as load_any_processor
from altd_trainer.logprobs import leaf_logps
from altd_trainer.negatives import NegativeConfig
from altd_trainer.paradigms import LoraSettings, Paradigm, load_policy
from altd_trainer.sft import AnswerCollator, train_sft
from tiny_families import FAMILIES, build_family

MakeExamples = Callable[[int], list[PreferenceExample]]


def test_a_recipe_makes_an_adapter_that_says_more_of_the_chosen_texts(
    model_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "recipe.yaml").write_text(
        f"""
output: {tmp_path}
model: {model_dir}
data: synthetic:train
count: 6
validation: synthetic:validation
validation_count: 2
lora: {{r: 4, alpha: 8}}
training: {{learning_rate: 5.0e-3, logging_steps: 1, num_train_epochs: 4, warmup_steps: 0}}
"""
    )
    options = ["sft", "--json-progress", "--recipe", str(tmp_path / "recipe.yaml")]
    result = CliRunner().invoke(main, options, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.stdout.splitlines()]
    steps = [event for event in events if "loss" in event and event["event"] == "step"]
    assert steps[-1]["loss"] < steps[0]["loss"] - 0.1
    assert steps[-1]["seconds_left"] == 0
    assert {"eval_loss", "mean_token_accuracy"} <= events[-1].keys()
    assert load_file(tmp_path / "adapter" / "adapter_model.safetensors")


def test_an_interrupted_run_ends_like_an_uninterrupted_one(
    model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    settings = {"save_steps": 2, "per_device_train_batch_size": 1, "logging_steps": 1, "learning_rate": 1e-2}
    settings |= {"lr_scheduler_type": "constant", "warmup_steps": 0}

    def run(folder: str, steps: int) -> dict[str, torch.Tensor]:
        changes = settings | {"max_steps": steps}
        train_sft(model_dir, None, make_examples(4), tmp_path / folder, changes, lora=LoraSettings(4, 8))
        return load_file(tmp_path / folder / "adapter" / "adapter_model.safetensors")

    whole = run("whole", 4)
    half = run("parts", 2)
    parts = run("parts", 4)
    for name, value in whole.items():
        torch.testing.assert_close(parts[name], value, rtol=0, atol=1e-6)
    assert not all(torch.equal(half[name], whole[name]) for name in whole)


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_are_those_of_stage_2(family: str, tmp_path: Path, make_examples: MakeExamples) -> None:
    """Prompt, answer and pictures of a row are those that stage 2 scores, so their likelihoods agree."""
    directory = build_family(family, tmp_path / family)
    processor = load_any_processor(directory)
    model = load_policy(directory, Paradigm(), "none")
    examples = make_examples(3)
    batch = AnswerCollator(processor, examples, model.config)([{"number": at} for at in (2, 0, 1)])
    labels = batch.pop("labels")
    with torch.no_grad():
        logps = model(**batch).logits.log_softmax(-1)
        rows = DataCollatorForMCMPreference(processor, NegativeConfig(), leaves=[(0, 0, 0)])(examples)
        expected = leaf_logps(model, rows)[:, 0, 0, 0]
    scored = labels[:, 1:] != -100
    picked = logps[:, :-1].gather(-1, labels[:, 1:].clamp(min=0).unsqueeze(-1)).squeeze(-1)
    torch.testing.assert_close((picked * scored).sum(-1), expected[[2, 0, 1]], rtol=1e-4, atol=1e-3)


def test_labels_are_the_answer_and_nothing_else(model_dir: Path, make_examples: MakeExamples) -> None:
    processor = load_processor(model_dir)
    example = make_examples(1)[0]
    batch = AnswerCollator(processor, [example], None)([{"number": 0}])
    labels = batch["labels"][0]
    answer = processor.tokenizer.decode(labels[labels != -100])
    assert answer.strip() == f"{example.chosen}</s>"


def test_errors_name_the_example(model_dir: Path, tmp_path: Path, make_examples: MakeExamples) -> None:
    with pytest.raises(AltdError, match="training set is empty"):
        train_sft(model_dir, None, [], tmp_path, {})
    broken = [replace(make_examples(1)[0], id="shot-7", image=b"no picture")]
    with pytest.raises(ValueError, match=r"^example shot-7: "):
        train_sft(model_dir, None, broken, tmp_path, {})
    with pytest.raises(ValueError, match=r"^example shot-7: "):
        train_sft(model_dir, None, broken, tmp_path, {"dataloader_num_workers": 1})
    long = [replace(make_examples(1)[0], id="shot-9", chosen="word " * 600)]
    with pytest.raises(ValueError, match=r"^example shot-9: \d+ tokens, the model takes 512"):
        train_sft(model_dir, None, long, tmp_path, {})
    with pytest.raises(ValueError, match=r"^example e0: \d+ tokens, the model takes 9$"):
        train_sft(model_dir, None, make_examples(1), tmp_path, {"max_length": 9})
