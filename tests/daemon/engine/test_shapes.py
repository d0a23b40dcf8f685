"""Every shape of a compiled model is met before it says that it is ready; a real process, a real compiler."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import CompileConfig

from altd.describe.prompt import build_prompt
from altd.describe.settings import ServiceSettings
from altd.engine.backend import Question, Spoken, Task, TransformersBackend
from altd.engine.backend_shapes import LONGEST_ANSWER, ROWS
from altd.engine.process import EngineProcess
from altd.engine.protocol import Activate, Describe, Described
from altd.engine.spawn import child_environment
from altd.errors import AltdError
from daemon.describe.pictures import encoded
from daemon.engine.test_backend import out_of_memory

pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")

CHILD = Path(__file__).with_name("compiling_child.py")
LONGEST = build_prompt("boat " * 400)


def compiling(directory: Path, backend: str = "eager", **options: Any) -> TransformersBackend:
    """A model that is compiled for on a processor, too."""
    served = TransformersBackend(directory, "none", static_cache=True, **options)
    config = CompileConfig(backend=backend, mode="default")
    config._compile_all_devices = True
    served._base().generation_config.compile_config = config
    return served


@pytest.fixture(autouse=True)
def nothing_compiled() -> Iterator[None]:
    """Each test begins and ends without compiled code."""
    torch.compiler.reset()
    yield
    torch.compiler.set_stance("default")
    torch.compiler.reset()


def questions(rows: int, **task: Any) -> list[Question]:
    # the same each time: a model of random weights ends its answer at the first token to some noise
    noise = [np.random.default_rng(row).integers(0, 256, (60 + row, 90, 3), np.uint8) for row in range(rows)]
    pictures = [Image.fromarray(each) for each in noise]
    return [
        Question(picture, build_prompt("boat " * 60 * row), Task(**({"max_new_tokens": 6} | task)))
        for row, picture in enumerate(pictures)
    ]


def test_after_the_warm_up_nothing_is_compiled(tiny_llava: Path, adapters: Path) -> None:
    served, shares = compiling(tiny_llava, adapter=adapters / "g0001"), list[float]()
    served.compile(LONGEST, shares.append)
    assert shares == [0.25, 0.5, 0.75, 1.0]
    with torch.compiler.set_stance("fail_on_recompile"):
        for rows in range(1, max(ROWS) + 1):
            assert all(isinstance(answer, Spoken) for answer in served.answer(questions(rows)))
        assert served.generate(*_one(max_new_tokens=LONGEST_ANSWER)).text
        assert served.generate(*_one(variant=1)).text
    served.activate("g0002", adapters / "g0002")
    served.compile(LONGEST)
    with torch.compiler.set_stance("fail_on_recompile"):
        assert served.generate(*_one()).text


def test_without_it_the_first_answer_is_compiled_for(tiny_llava: Path) -> None:
    served = compiling(tiny_llava)
    with torch.compiler.set_stance("fail_on_recompile"), pytest.raises(RuntimeError, match="recompile"):
        served.answer(questions(1))


def test_a_longer_prompt_than_expected_is_answered(tiny_llava: Path) -> None:
    served = compiling(tiny_llava)
    served.compile(build_prompt("boat"))
    assert served.generate(*_one(prompt=LONGEST)).text


def test_where_no_compiler_works_the_model_answers_without(tiny_llava: Path) -> None:
    served = compiling(tiny_llava, backend="none_of_this_name")
    served.compile(LONGEST)
    plain = TransformersBackend(tiny_llava, "none")
    question = questions(1)[0]
    assert served.generate(question.image, question.prompt, question.task) == plain.generate(
        question.image, question.prompt, question.task
    )


def test_rows_that_there_is_no_memory_for_are_not_tried_again(tiny_llava: Path) -> None:
    served = compiling(tiny_llava)
    shapes, restore = out_of_memory(served, 1)
    try:
        served.compile(LONGEST)
        del shapes[:]
        shapes += [None]  # the one failure is behind us
        answers = served.answer(questions(7))
    finally:
        restore()
    assert all(isinstance(answer, Spoken) for answer in answers)
    assert {shape[0] for shape in shapes[1:]} == {4}


def test_on_a_processor_no_time_is_spent(tiny_llava: Path) -> None:
    served, shares = TransformersBackend(tiny_llava, "none"), list[float]()
    served.compile(LONGEST, shares.append)
    assert shares == []


def test_compiled_code_is_kept_where_only_the_user_may_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TORCHINDUCTOR_CACHE_DIR", raising=False)  # torch sets it where it has compiled
    kept = ServiceSettings(tmp_path, compiled_directory=tmp_path / "compiled").environment()
    assert kept["TORCHINDUCTOR_CACHE_DIR"] == str(tmp_path / "compiled")
    assert kept["HF_HUB_OFFLINE"] == "1"
    assert "TORCHINDUCTOR_CACHE_DIR" not in ServiceSettings(tmp_path).environment()


def _one(prompt: str = "", **task: Any) -> tuple[Image.Image, str, Task]:
    question = questions(1, **task)[0]
    return question.image, prompt or question.prompt, question.task


@asynccontextmanager
async def child(model: Path, **variables: str) -> AsyncIterator[EngineProcess]:
    command = [sys.executable, str(CHILD), "--model", str(model), "--quantization", "none", "--threads", "1"]
    process = EngineProcess(lambda: [*command, "--device", "cpu"], child_environment(1) | variables)
    await process.start()
    try:
        await process.wait_ready()
        yield process
    finally:
        await process.close()


async def describe(process: EngineProcess, number: int, **fields: Any) -> Described:
    picture = encoded(Image.new("RGB", (90, 60), (number * 20, 90, 200)))
    ask = Describe(id=f"d{number}", context={"text": "boat " * 30 * number}, **fields)
    return await process.describe(ask, picture, lambda _: None)


async def test_a_process_that_is_ready_has_compiled(tiny_llava: Path, adapters: Path) -> None:
    async with child(tiny_llava) as process:
        assert await describe(process, 0)
        assert len(await asyncio.gather(*(describe(process, number) for number in range(11)))) == 11
        assert await describe(process, 11, detail="long")
        assert await describe(process, 12, variant=1)
        await process.activate(Activate(id="a", generation="g0002", adapter=str(adapters / "g0002")))
        assert (await describe(process, 1)).generation == "g0002"


async def test_a_process_that_left_it_out_is_seen(tiny_llava: Path) -> None:
    async with child(tiny_llava, ALTD_COLD="1") as process:
        with pytest.raises(AltdError) as caught:
            await asyncio.gather(*(describe(process, number) for number in range(8)))
    assert caught.value.code == "engine_failed"
