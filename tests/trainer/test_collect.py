"""What counts as wrong, and pairs from a model's own mistakes."""

from pathlib import Path

import pytest

from altd_trainer.collect import CollectRequest, collect, is_wrong
from altd_trainer.synthetic import Facts, generate, split_seed
from altd_trainer.synthetic.facts import Group

FACTS = Facts("scene", (Group("apple", "red", 2),), foreign="Mara")


@pytest.mark.parametrize(
    "text",
    [
        "Two green apples.",
        "Three red apples.",
        "Two red pears.",
        "Two red apples above a blue cup.",
        "Mara, two red apples.",
        "",
    ],
)
def test_a_wrong_fact_an_invented_object_and_a_foreign_name_are_wrong(text: str) -> None:
    assert is_wrong(FACTS, text)


def test_another_wording_of_the_truth_is_not_wrong() -> None:
    assert not is_wrong(FACTS, "On a table lie two red apples.")


def test_pairs_reject_what_the_model_wrote_and_choose_the_truth(model_dir: Path) -> None:
    request = CollectRequest(model=str(model_dir), start=7, count=3, quantization="none")
    said: list[dict[str, object]] = []
    pairs = list(collect(request, lambda event: said.append(dict(event))))
    samples = {
        f"collected-{sample.id}": sample for sample in (generate(split_seed("train"), i) for i in (7, 8, 9))
    }
    assert pairs  # random weights know nothing
    for pair in pairs:
        sample = samples[pair.id]
        assert pair.chosen == sample.alt
        assert pair.rejected is not None
        assert is_wrong(sample.facts, pair.rejected)
    assert said[-1] == {"event": "collected", "pairs": len(pairs), "of": 3}
