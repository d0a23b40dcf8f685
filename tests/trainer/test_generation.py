"""Generation asks every family as it was trained."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForImageTextToText

from altd.describe.prompt import build_prompt, build_question
from altd.engine.backend import Task, TransformersBackend
from altd.models.catalogue import BUNDLED, find_model
from altd.models.loading import load_model
from altd_trainer.collator import OWN_PAIR, DataCollatorForMCMPreference
from altd_trainer.data.images import load_image
from altd_trainer.families import load_processor
from altd_trainer.generation import Question, Sureness, answer, prompt_inputs
from altd_trainer.negatives import NegativeConfig
from altd_trainer.sft import IGNORED, AnswerCollator
from altd_trainer.synthetic import generate, split_seed
from tiny_families import FAMILIES, build_family

from .tree.conftest import AWKWARD

QUESTIONS = [Question(load_image(example), example.context, example.lines) for example in AWKWARD]


@pytest.fixture(scope="module", params=FAMILIES)
def directory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_family(request.param, tmp_path_factory.mktemp("family") / request.param)


@pytest.fixture(scope="module")
def model(directory: Path) -> Any:
    model = AutoModelForImageTextToText.from_pretrained(directory).eval()
    model.generation_config.pad_token_id = model.config.get_text_config().pad_token_id
    return model


def asked(model: Any, processor: Any) -> tuple[dict[str, Any], list[str]]:
    """What generation calls the model with before the first token, and the answers."""
    calls: list[dict[str, Any]] = []
    hook = model.register_forward_pre_hook(lambda *call: calls.append(call[2]), with_kwargs=True)
    texts = list(answer(model, processor, QUESTIONS, len(QUESTIONS)))
    hook.remove()
    return calls[0], texts


def test_prompts_are_token_for_token_those_of_both_stages(directory: Path, model: Any) -> None:
    processor = load_processor(directory)
    call, _ = asked(model, processor)
    prompts = [
        row[mask.bool()].tolist() for row, mask in zip(call["input_ids"], call["attention_mask"], strict=True)
    ]
    stage_1 = AnswerCollator(processor, AWKWARD, model.config)([{"number": n} for n in range(len(AWKWARD))])
    one = [
        row[(labels == IGNORED) & mask.bool()].tolist()
        for row, labels, mask in zip(
            stage_1["input_ids"], stage_1["labels"], stage_1["attention_mask"], strict=True
        )
    ]
    assert prompts == one
    stage_2 = DataCollatorForMCMPreference(processor, NegativeConfig(), layout="rows", leaves=OWN_PAIR[:1])
    batch = stage_2(AWKWARD)
    firsts = [min(s[1] for s in batch["scores"].tolist() if s[0] == row) for row in range(len(AWKWARD))]
    two = [row[: first + 1].tolist() for row, first in zip(batch["input_ids"], firsts, strict=True)]
    assert prompts == two
    given = prompt_inputs(processor, QUESTIONS, model.config)
    assert given.keys() == stage_1.keys() - {"labels"}
    for name in batch["vision"]:
        assert torch.equal(given[name], stage_1[name]), name


def test_an_answer_does_not_depend_on_the_others_of_its_batch(directory: Path, model: Any) -> None:
    processor = load_processor(directory)
    _, together = asked(model, processor)
    assert together == list(answer(model, processor, QUESTIONS, 1))
    assert len(set(together)) > 1


def test_answers_are_as_sure_as_the_daemon_finds_them() -> None:
    """The mean log-probability of an answer, by which the daemon withholds it, from the daemon itself."""
    directory = find_model(BUNDLED).directory
    backend = TransformersBackend(directory, "nf4", adapter=directory / "adapter")
    model, processor = load_model(directory, "nf4", adapter=directory / "adapter"), load_processor(directory)
    drawn = [generate(split_seed("validation"), number) for number in range(6)]
    questions = [Question(each.image, each.post, each.lines) for each in drawn]
    sureness = Sureness()
    texts = list(answer(model, processor, questions, 4, sureness))
    for question, text, mean_logp in zip(questions, texts, sureness.mean_logps, strict=True):
        prompt = build_prompt(build_question(question.context, question.lines))
        spoken = backend.generate(question.image, prompt, Task())
        assert (text, mean_logp) == (spoken.text, pytest.approx(spoken.mean_logp, abs=1e-3))
