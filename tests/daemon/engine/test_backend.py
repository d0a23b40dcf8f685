"""The transformers backend on a tiny random LLaVA: nothing about it is simulated but the lack of memory."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from altd.describe.prompt import build_prompt
from altd.engine.backend import (
    MAX_NEW_TOKENS,
    MAX_TRIES,
    GaveWay,
    Question,
    Spoken,
    Task,
    TransformersBackend,
)
from altd.errors import AltdError
from tiny_model import build_model

pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")

PROMPT = build_prompt("a red boat below the sky")
PICTURE = Image.effect_noise((90, 150), 80).convert("RGB")


@pytest.fixture(scope="module")
def backend(tiny_llava: Path) -> TransformersBackend:
    return TransformersBackend(tiny_llava, "none")


@pytest.fixture
def with_adapter(tiny_llava: Path, adapters: Path) -> TransformersBackend:
    return TransformersBackend(tiny_llava, "none", adapter=adapters / "g0001")


def say(backend: TransformersBackend, **task: Any) -> str:
    return backend.generate(PICTURE, PROMPT, Task(**({"max_new_tokens": 24} | task))).text


def test_the_greedy_answer_is_always_the_same(backend: TransformersBackend) -> None:
    assert say(backend) == say(backend) != ""


def test_the_picture_and_the_prompt_matter(backend: TransformersBackend) -> None:
    other = Image.effect_noise((90, 150), 20).convert("RGB")
    texts = {
        say(backend),
        backend.generate(other, PROMPT, Task(max_new_tokens=24)).text,
        backend.generate(PICTURE, build_prompt("green dog"), Task(max_new_tokens=24)).text,
    }
    assert len(texts) == 3


def test_the_mean_log_probability_is_that_of_a_plain_forward_pass(backend: TransformersBackend) -> None:
    seen: list[list[int]] = []
    decode = backend._decode
    backend._decode = lambda tokens: (seen.append(list(tokens)), decode(tokens))[1]  # type: ignore[method-assign]
    try:
        spoken = backend.generate(PICTURE, PROMPT, Task(max_new_tokens=12))
    finally:
        backend._decode = decode  # type: ignore[method-assign]
    answer = torch.tensor(seen[-1])
    inputs = backend._eye.inputs(PICTURE, PROMPT)
    start = inputs["input_ids"].shape[1]
    inputs["input_ids"] = torch.cat([inputs["input_ids"], answer[None]], dim=1)
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    with torch.inference_mode():
        logits = backend._model(**inputs).logits[0, start - 1 : -1]
    logps = logits.log_softmax(-1).gather(1, answer[:, None])
    assert spoken.mean_logp == pytest.approx(float(logps.mean()), abs=1e-4)


def test_other_candidates_differ_and_are_reproducible(backend: TransformersBackend) -> None:
    seen = [say(backend)]
    for variant in range(1, 4):
        text = say(backend, variant=variant, accept=lambda text: text not in seen)
        assert text not in seen
        assert text == say(backend, variant=variant, accept=lambda text, known=tuple(seen): text not in known)
        seen.append(text)


def test_when_nothing_new_comes_it_says_so(backend: TransformersBackend) -> None:
    tries: list[str] = []
    task = Task(variant=1, max_new_tokens=4, accept=lambda text: bool(tries.append(text)))
    spoken = backend.generate(PICTURE, PROMPT, task)
    assert not spoken.accepted
    assert len(tries) > MAX_TRIES  # the beams' texts were tried as well
    assert spoken.text == tries[MAX_TRIES - 1]


def test_a_model_that_samples_the_same_text_every_time_is_searched_for_another(
    backend: TransformersBackend,
) -> None:
    tries: list[str] = []

    def accept(text: str) -> bool:
        tries.append(text)
        return len(tries) > MAX_TRIES and text not in tries[:-1]

    spoken = backend.generate(PICTURE, PROMPT, Task(variant=1, max_new_tokens=4, accept=accept))
    assert spoken.accepted
    assert spoken.text not in tries[:MAX_TRIES]
    assert spoken.mean_logp < 0


def test_the_text_so_far_grows_to_the_answer(backend: TransformersBackend) -> None:
    texts: list[str] = []
    answer = say(backend, on_text=texts.append)
    assert texts[-1] == answer
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))


@pytest.mark.parametrize("tokens", [1, 3])
def test_cancel_in_decode_takes_at_most_one_token(backend: TransformersBackend, tokens: int) -> None:
    texts: list[str] = []
    with pytest.raises(AltdError) as caught:
        say(backend, on_text=texts.append, cancelled=lambda: len(texts) >= tokens)
    assert caught.value.code == "cancelled"
    assert len(texts) == tokens
    assert say(backend)


def test_cancel_before_the_first_token_stops_in_prefill(backend: TransformersBackend) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked == 4  # the tower has two layers, so this is in the language model's second

    texts: list[str] = []
    task = Task(on_text=texts.append, cancelled=cancelled)
    with pytest.raises(AltdError):
        backend.generate(Image.effect_noise((60, 60), 80).convert("RGB"), PROMPT, task)
    assert texts == []


def out_of_memory(backend: TransformersBackend, times: int) -> tuple[list[Any], Callable[[], None]]:
    """Let the language model run out of memory so many times; real tensors, a real exception."""
    shapes: list[Any] = []

    def hook(_: Any, arguments: Any, keywords: dict[str, Any]) -> None:
        shapes.append(keywords["inputs_embeds"].shape)
        if len(shapes) <= times:
            raise torch.OutOfMemoryError("no more")

    handle = backend._base().model.language_model.register_forward_pre_hook(hook, with_kwargs=True)
    return shapes, handle.remove


def test_out_of_memory_is_tried_once_more_with_less(backend: TransformersBackend) -> None:
    texts: list[str] = []
    _, restore = out_of_memory(backend, 1)
    try:
        spoken = backend.generate(PICTURE, PROMPT, Task(on_text=texts.append))
    finally:
        restore()
    assert spoken.text
    assert len(texts) <= MAX_NEW_TOKENS // 2


def test_out_of_memory_twice_has_its_own_code(backend: TransformersBackend) -> None:
    shapes, restore = out_of_memory(backend, 10)
    try:
        with pytest.raises(AltdError) as caught:
            say(backend)
    finally:
        restore()
    assert caught.value.code == "gpu_out_of_memory"
    assert caught.value.__context__ is None
    assert len(shapes) == 2
    assert say(backend)


def test_tall_and_wide_pictures_are_padded_not_cropped(backend: TransformersBackend) -> None:
    tall = Image.new("RGB", (50, 500), "black")
    plain = backend._eye.inputs(tall, PROMPT)["pixel_values"]
    tall.paste("white", (0, 0, 50, 30))  # a change that a centre crop would not see
    assert not torch.equal(plain, backend._eye.inputs(tall, PROMPT)["pixel_values"])
    assert plain.shape[-2:] == (64, 64)


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000)])
def test_extreme_shapes_are_answered(backend: TransformersBackend, size: tuple[int, int]) -> None:
    assert backend.generate(Image.new("RGB", size), PROMPT, Task(max_new_tokens=2)).text is not None


def test_pooled_features_are_a_vector(backend: TransformersBackend) -> None:
    features = backend.features(PICTURE)
    assert features.shape == (1, 64)
    assert torch.isfinite(features).all()


def test_an_adapter_changes_the_answer_and_swaps_leave_only_one(
    backend: TransformersBackend, with_adapter: TransformersBackend, adapters: Path
) -> None:
    first = say(with_adapter)
    with_adapter.activate("g0002", adapters / "g0002")
    second = say(with_adapter)
    assert len({say(backend), first, second}) == 3
    assert len(with_adapter._model.peft_config) == 1
    with_adapter.activate("g0001", adapters / "g0001")
    assert say(with_adapter) == first


def test_a_model_without_an_adapter_takes_one(tiny_llava: Path, adapters: Path) -> None:
    fresh = TransformersBackend(tiny_llava, "none")
    before = say(fresh)
    fresh.activate("g0001", adapters / "g0001")
    assert say(fresh) != before


@pytest.mark.parametrize("started_with", [None, "g0001"])
def test_a_broken_adapter_is_refused_and_the_old_one_serves_on(
    tiny_llava: Path, adapters: Path, tmp_path: Path, started_with: str | None
) -> None:
    served = TransformersBackend(
        tiny_llava, "none", adapter=adapters / started_with if started_with else None
    )
    before = say(served)
    pickled = shutil.copytree(adapters / "g0002", tmp_path / "pickled")
    (pickled / "adapter_model.safetensors").rename(pickled / "adapter_model.bin")
    truncated = shutil.copytree(adapters / "g0002", tmp_path / "truncated")
    (truncated / "adapter_model.safetensors").write_bytes(b"short")
    for broken in (adapters / "g0009", tmp_path / "missing", pickled, truncated):
        with pytest.raises(AltdError) as caught:
            served.activate("g0009", broken)
        assert caught.value.code == "generation_broken"
        assert say(served) == before


def test_a_swap_can_be_cancelled_in_its_first_answer(
    with_adapter: TransformersBackend, adapters: Path
) -> None:
    with_adapter.activate("g0002", adapters / "g0002")
    with pytest.raises(AltdError):
        say(with_adapter, cancelled=lambda: True)


def test_four_bits_serve_and_swap(tiny_llava: Path, adapters: Path) -> None:
    served = TransformersBackend(tiny_llava, "nf4", adapter=adapters / "g0001")
    names = [name for name, module in served._model.named_modules() if type(module).__name__ == "Linear4bit"]
    assert names
    assert all("language_model" in name for name in names)
    first = served.generate(PICTURE, PROMPT, Task(max_new_tokens=8))
    assert math.isfinite(first.mean_logp)
    served.activate("g0002", adapters / "g0002")
    assert served.generate(PICTURE, PROMPT, Task(max_new_tokens=8)).text != first.text


def test_four_bits_serve_odd_widths(tmp_path: Path) -> None:
    served = TransformersBackend(build_model(tmp_path, intermediate_size=80), "nf4")
    assert math.isfinite(served.generate(PICTURE, PROMPT, Task(max_new_tokens=4)).mean_logp)


def count_encodes(backend: TransformersBackend) -> tuple[list[None], Callable[[], None]]:
    """Note every forward pass of the vision tower."""
    calls: list[None] = []
    tower = backend._base().model.vision_tower
    handle = tower.register_forward_hook(lambda *_: calls.append(None))
    return calls, handle.remove


def test_a_picture_is_encoded_once_however_often_it_is_asked_about(backend: TransformersBackend) -> None:
    picture = Image.effect_noise((70, 50), 80).convert("RGB")
    calls, restore = count_encodes(backend)
    try:
        backend.features(picture)
        first = backend.generate(picture, PROMPT, Task(max_new_tokens=12))
        backend.generate(picture, PROMPT, Task(variant=1, max_new_tokens=12))
        backend.generate(picture.copy(), build_prompt("another post"), Task(max_new_tokens=12))
    finally:
        restore()
    assert len(calls) == 1
    backend._eye.forget()
    again = backend.generate(picture, PROMPT, Task(max_new_tokens=12))
    assert (again.text, again.mean_logp) == (first.text, pytest.approx(first.mean_logp, abs=1e-5))


def test_the_cache_of_pictures_is_bounded_by_bytes(backend: TransformersBackend) -> None:
    eye, pictures = backend._eye, [Image.effect_noise((60, 60), 80).convert("RGB") for _ in range(4)]
    before = eye._limit
    eye.forget()
    eye._limit = 2 * eye.look(pictures[0]).nbytes
    calls, restore = count_encodes(backend)
    try:
        for picture in pictures:
            eye.look(picture)
        assert eye._bytes <= eye._limit
        eye.look(pictures[3])
        eye.look(pictures[0])
    finally:
        restore()
        eye._limit = before
    assert len(calls) == 4  # 1, 2, 3, and the first one again


def test_the_same_pixels_in_another_shape_are_another_picture(backend: TransformersBackend) -> None:
    flat = Image.effect_noise((60, 30), 80).convert("RGB")
    turned = Image.frombytes("RGB", (30, 60), flat.tobytes())
    assert backend._eye.look(flat).key != backend._eye.look(turned).key


def questions(count: int) -> list[Question]:
    pictures = [Image.effect_noise((90, 60 + number), 80).convert("RGB") for number in range(count)]
    posts = ["boat " * (3 * number) for number in range(count)]
    return [
        Question(picture, build_prompt(post), Task(max_new_tokens=6 + 3 * number))
        for number, (picture, post) in enumerate(zip(pictures, posts, strict=True))
    ]


@pytest.mark.parametrize("static_cache", [False, True])
def test_a_batch_says_what_each_would_say_alone(tiny_llava: Path, static_cache: bool) -> None:
    served = TransformersBackend(tiny_llava, "none", static_cache=static_cache)
    asked = questions(5)
    together = served.answer(asked)
    for question, spoken in zip(asked, together, strict=True):
        alone = served.generate(question.image, question.prompt, question.task)
        assert isinstance(spoken, Spoken)
        assert spoken.text == alone.text
        assert spoken.mean_logp == pytest.approx(alone.mean_logp, abs=1e-3)


def test_a_row_that_is_cancelled_leaves_the_others_alone(backend: TransformersBackend) -> None:
    asked = questions(3)
    texts: list[list[str]] = [[], [], []]
    for number in range(3):
        task = Task(
            max_new_tokens=10,
            on_text=texts[number].append,
            cancelled=(lambda: len(texts[1]) >= 2) if number == 1 else (lambda: False),
        )
        asked[number] = replace(asked[number], task=task)
    first, second, third = backend.answer(asked)
    assert isinstance(second, AltdError)
    assert second.code == "cancelled"
    assert len(texts[1]) == 2
    for spoken, heard in ((first, texts[0]), (third, texts[2])):
        assert isinstance(spoken, Spoken)
        assert heard[-1] == spoken.text


def test_a_batch_gives_way_between_layers_and_may_be_asked_for_again(backend: TransformersBackend) -> None:
    asked = questions(2)
    with pytest.raises(GaveWay):
        backend.answer(asked, gives_way=lambda: True)
    assert all(isinstance(spoken, Spoken) for spoken in backend.answer(asked))


def test_a_batch_that_does_not_fit_is_answered_one_by_one(backend: TransformersBackend) -> None:
    shapes, restore = out_of_memory(backend, 1)
    try:
        answers = backend.answer(questions(3))
    finally:
        restore()
    assert all(isinstance(spoken, Spoken) for spoken in answers)
    assert shapes[0][0] == 3
    assert {shape[0] for shape in shapes[1:]} == {1}


def test_beams_find_an_answer_at_least_as_probable(tiny_llava: Path, backend: TransformersBackend) -> None:
    beams = TransformersBackend(tiny_llava, "none", beams=3)
    task = Task(max_new_tokens=8)
    assert (
        beams.generate(PICTURE, PROMPT, task).mean_logp
        >= backend.generate(PICTURE, PROMPT, task).mean_logp - 1e-4
    )
