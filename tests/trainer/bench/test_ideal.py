"""The least that a step costs, against numbers counted by hand and by torch's own counter."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from peft import get_peft_model
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from altd.models.loading import load_model, load_processor
from altd_trainer.bench.ideal import Costs, Work, _common_prefix, _plain, _tree, measure_work
from altd_trainer.bench.run import ratios
from altd_trainer.bench.ways import WAYS
from altd_trainer.collator import encode_answer, encode_prompts
from altd_trainer.data.images import load_image
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.paradigms import LoraSettings, Paradigm


def test_plain_rows_see_themselves_and_what_comes_before() -> None:
    # 3 tokens: 1 + 2 + 3 pairs; 2 tokens: 1 + 2
    assert _plain([3, 2], scored=4) == Work(tokens=5, pairs=9, scored=4, images=0)


def test_a_tree_holds_the_prefix_once() -> None:
    # prefix 2: 3 pairs. Contexts of 1 and 2 above it: 3; 3 + 4. An answer of 1 after each: 4; 5.
    # A second answer of 2 after each: 4 + 5; 5 + 6.
    work = _tree(2, [1, 2], [1, 2])
    assert work == Work(tokens=2 + 3 + 6, pairs=3 + 3 + 7 + 4 + 5 + 9 + 11, scored=6, images=1)


def test_the_prefix_ends_where_the_contexts_differ() -> None:
    assert _common_prefix([5, 6, 7], [5, 6, 8, 9]) == 2
    assert _common_prefix([5, 6], [5, 6, 8]) == 2


@pytest.fixture
def example(make_examples: Callable[[int], list[PreferenceExample]]) -> PreferenceExample:
    return make_examples(1)[0]


def test_work_of_an_example_is_counted_from_its_tokens(model_dir: Path, example: PreferenceExample) -> None:
    processor = load_processor(model_dir)
    work = measure_work(processor, example)
    assert example.rejected is not None
    assert example.rejected_context is not None
    contexts = [example.context, example.rejected_context]
    prompts, _ = encode_prompts(processor, load_image(example), contexts, example.lines)
    answers = [encode_answer(processor.tokenizer, t, "") for t in (example.chosen, example.rejected)]
    lengths = [len(prompt) + len(answer) for prompt in prompts for answer in answers]
    assert work["rows"].tokens == 2 * sum(lengths)
    assert work["pair"].tokens == lengths[0] + lengths[1]
    assert work["rows"].scored == work["tree"].scored == 4 * sum(map(len, answers))
    assert work["released"].scored == work["released"].tokens == work["rows"].tokens
    assert work["tree"].tokens < work["rows"].tokens
    assert [work[way].images for way in ("rows", "vision_shared", "tree", "pair")] == [8, 2, 2, 2]


def test_operations_are_those_that_torch_counts(model_dir: Path) -> None:
    """One plain row, forward: linear layers, attention and head, next to `FlopCounterMode`.

    Torch counts attention in full where ours counts the pairs under the causal mask.
    """
    base = load_model(model_dir, "none")
    model = get_peft_model(base, Paradigm().lora(LoraSettings(), base.config))
    processor = load_processor(model_dir)
    side = processor.image_processor.size["height"]
    pixels = torch.zeros(1, 3, side, side)
    places = model.config.image_seq_length
    ids = torch.tensor([[model.config.image_token_index] * places + [7] * 12])
    length = ids.shape[1]
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(input_ids=ids, pixel_values=pixels, logits_to_keep=3)
    ours = Costs.of(model, pixels).forward(Work(length, length * length, 3, 1))
    assert ours == pytest.approx(counter.get_total_flops(), rel=1e-3)


def test_a_live_reference_costs_one_more_forward_pass() -> None:
    costs = Costs(token=10, pair=1, scored=100, image=1000, adapter=2)
    work = dict.fromkeys(("rows", "vision_shared", "tree", "pair"), Work(3, 6, 2, 1))
    forward = 3 * 12 + 6 + 200 + 1000
    backward = 3 * 14 + 12 + 200
    assert WAYS["tree_cached"].operations(work, costs) == forward + backward
    assert WAYS["tree_live"].operations(work, costs) == 2 * forward + backward


def test_ratios_say_what_their_names_say() -> None:
    def way(seconds: float, peak: int, operations: float) -> dict[str, float]:
        return {"seconds_per_step": seconds, "peak_bytes": peak, "operations": operations}

    ways = {
        "released": way(10, 300, 50),
        "rows": way(9, 200, 40),
        "tree_cached": way(2, 100, 8),
        "trl_dpo": way(2.5, 0, 0),
    }
    assert ratios(ways, "tree_cached") == {
        "speedup_vs_released": 5.0,
        "ideal_speedup": 6.25,
        "share_of_ideal": 0.8,
        "ratio_vs_trl_dpo": 0.8,
        "memory_ratio_vs_released": 0.333,
        "speedup_vs_rows": 4.5,
        "memory_ratio_vs_rows": 0.5,
    }
