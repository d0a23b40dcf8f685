"""Each family of the catalogue as it is served: asked in its own form, seeing the whole picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from altd.describe.prompt import Context, build_prompt, build_question
from altd.engine.backend import Task, TransformersBackend
from altd.models.known import KNOWN
from altd_trainer.families import load_processor, processor_family
from tiny_families import build_family

QUESTION = build_question(Context(text="Our boat"), ("HARBOUR FAIR",))
WIDE = Image.effect_noise((90, 40), 80).convert("RGB")


@pytest.fixture(scope="module", params=["qwen3_vl", "smolvlm"])
def directory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_family(request.param, tmp_path_factory.mktemp("served") / request.param)


@pytest.fixture(scope="module")
def backend(directory: Path) -> TransformersBackend:
    return TransformersBackend(directory, "none")


def test_it_is_asked_as_it_is_trained(backend: TransformersBackend, directory: Path) -> None:
    processor = load_processor(directory)
    prompt = backend.prompt(QUESTION, build_prompt(QUESTION))
    assert prompt == processor_family(processor).prompt(processor, QUESTION)
    assert prompt != build_prompt(QUESTION)
    assert QUESTION in prompt


def test_the_picture_matters(backend: TransformersBackend) -> None:
    prompt = backend.prompt(QUESTION, build_prompt(QUESTION))
    first = backend.generate(WIDE, prompt, Task(max_new_tokens=8))
    other = backend.generate(Image.new("RGB", (90, 40), "red"), prompt, Task(max_new_tokens=8))
    assert first.mean_logp != other.mean_logp


def test_qwen_sees_a_picture_in_its_own_shape(backend: TransformersBackend) -> None:
    prompt = backend.prompt(QUESTION, build_prompt(QUESTION))
    inputs = backend._eye.inputs(WIDE, prompt)
    if "image_grid_thw" not in inputs:
        pytest.skip("SmolVLM's processor cuts every picture into square tiles")
    _, height, width = inputs["image_grid_thw"][0].tolist()
    assert width > height


def test_another_candidate_differs(backend: TransformersBackend) -> None:
    prompt = backend.prompt(QUESTION, build_prompt(QUESTION))
    first = backend.generate(WIDE, prompt, Task(max_new_tokens=8)).text
    task = Task(variant=1, max_new_tokens=8, accept=lambda text: text != first)
    assert backend.generate(WIDE, prompt, task).text != first


def test_the_table_says_the_same() -> None:
    asked = {model.family: (model.prompt, model.view) for model in KNOWN.values()}
    assert asked == {
        "qwen3_vl": ("template", "whole"),
        "smolvlm": ("template", "whole"),
        "llava_next": ("released", "square"),
    }
