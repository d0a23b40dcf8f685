"""Other posts: never the same one, and a draw that nothing but seed, id and candidates decides."""

import os
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import torch
from PIL import Image

from altd.describe.prompt import Context
from altd_trainer.data.posts import with_rejected_contexts, with_rejected_images
from altd_trainer.data.preferences import PreferenceExample

MakeExamples = Callable[[int], list[PreferenceExample]]
OTHER = Context(text="Another post")


def example(name: str, text: str, shade: int = 0, post: str = "") -> PreferenceExample:
    image = Image.new("RGB", (4, 4), (shade, shade, shade))
    return PreferenceExample(id=name, image=image, context=Context(text=text), chosen="x", post=post)


def many(count: int) -> list[PreferenceExample]:
    return [example(f"e{index}", f"Post {index}", index) for index in range(count)]


def drawn(examples: Sequence[PreferenceExample]) -> dict[str, Context | None]:
    return {example.id: example.rejected_context for example in examples}


def test_a_post_of_equal_text_is_no_other_post() -> None:
    own = example("a", "Same  Words")
    twins = [Context(text="same words"), Context(site="x", text=" Same words "), Context()]
    for seed in range(20):
        assert with_rejected_contexts([own], [*twins, OTHER], seed)[0].rejected_context == OTHER
    with pytest.raises(ValueError, match="example a: no other post among 3 to take a rejected context"):
        with_rejected_contexts([own], twins, 0)


@pytest.mark.parametrize(
    "twin",
    [
        example("a", "Same id", 3),
        example("b", "Same image", 7),
        example("c", "Same post", 3, post="p"),
        example("d", "own TEXT ", 3),
    ],
    ids=lambda twin: twin.context.text,
)
def test_a_candidate_of_the_same_post_is_never_drawn(twin: PreferenceExample) -> None:
    own = example("a", "Own text", 7, post="p")
    other = example("z", "Another post", 9, post="q")
    for seed in range(10):
        pool = [own, twin, other]
        assert with_rejected_contexts([own], pool, seed)[0].rejected_context == other.context
        assert with_rejected_images([own], pool, seed)[0].rejected_image == other.image
    with pytest.raises(ValueError, match="example a: no other post among 2 to take a rejected picture"):
        with_rejected_images([own], [own, twin], 0)


def test_posts_without_text_give_pictures_but_no_contexts() -> None:
    own, silent = example("a", "", 1), example("b", "", 2)
    assert with_rejected_images([own], [own, silent], 0)[0].rejected_image == silent.image
    with pytest.raises(ValueError, match="no other post"):
        with_rejected_contexts([own], [own, silent], 0)


def test_context_and_picture_come_from_one_post() -> None:
    examples = many(20)
    both = with_rejected_images(with_rejected_contexts(examples, examples, 3), examples, 3)
    of_text = {example.context: example.image for example in examples}
    assert all(example.rejected_image is of_text[example.rejected_context] for example in both)


def test_draws_depend_on_no_order_and_spread() -> None:
    examples = many(40)
    forward = drawn(with_rejected_contexts(examples, examples, 1))
    assert forward == drawn(with_rejected_contexts(examples[::-1], random.sample(examples, 40), 1))
    assert forward != drawn(with_rejected_contexts(examples, examples, 2))
    assert len(set(forward.values())) > 10


def test_one_more_candidate_changes_few_draws() -> None:
    examples, newcomer = many(40), example("new", "A new post", 99)
    before = drawn(with_rejected_contexts(examples, examples, 1))
    after = drawn(with_rejected_contexts(examples, [*examples, newcomer], 1))
    changed = {name for name in before if before[name] != after[name]}
    assert len(changed) < 8
    assert all(after[name] == newcomer.context for name in changed)


def test_what_an_example_names_itself_stays(make_examples: MakeExamples, pool: list[Context]) -> None:
    examples = make_examples(2)
    assert with_rejected_contexts(examples, pool, 0) == examples
    pictured = replace(examples[0], rejected_image=b"picture")
    assert with_rejected_images([pictured], examples, 0) == [pictured]


def test_every_process_draws_the_same_and_touches_no_generator() -> None:
    torch_state, python_state = torch.get_rng_state(), random.getstate()
    here = [example.rejected_context.text for example in with_rejected_contexts(many(9), many(9), 5)]
    assert torch.equal(torch_state, torch.get_rng_state())
    assert python_state == random.getstate()
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}; from {__name__} import many, with_rejected_contexts as w; "
        "print(*[e.rejected_context.text for e in w(many(9), many(9), 5)], sep=',')"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    there = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == ",".join(here)
