"""The released schema with all its irregularities, and the released files where they are."""

import json
from pathlib import Path

import pytest

from altd_trainer.data.images import load_image
from altd_trainer.data.released import context_of, read_released

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"


@pytest.mark.parametrize(
    "question",
    [
        "Given an image and context, generate alt-text for the image.\nContext:\nTea &amp; cake\n\nat noon",
        "Given an image and context, generate alt-text for the image.Context:\nTea & cake\n\nat noon",
        "given an image and context, generate alt-text for the image.\ncontext:\nTea & cake\n\nat noon ",
    ],
)
def test_every_form_of_question_gives_the_context(question: str) -> None:
    assert context_of(question) == "Tea & cake\n\nat noon"


def test_a_context_may_speak_of_contexts() -> None:
    assert context_of("Do.\nContext:\nMy context: none") == "My context: none"


def test_training_rows_and_test_rows(tmp_path: Path) -> None:
    inner = {"question": "Do.\nContext:\nA post", "chosen": " Better. ", "rejected": "Worse."}
    train = [{"ds_name": "twitter_data", "image": {"path": "a.png"}, "idx": 3, "text": json.dumps(inner)}]
    (tmp_path / "train.json").write_text(json.dumps(train))
    test = {"image_path": "b.png", "question": "do.\ncontext:\n", "chosen": "text", "idx": 0}
    (tmp_path / "test.json").write_text(json.dumps(test) + "\n\n")
    first = next(read_released(tmp_path / "train.json", tmp_path))
    assert (first.id, first.site, first.chosen, first.rejected) == (
        "twitter_data-3",
        "x",
        "Better.",
        "Worse.",
    )
    assert first.context.text == "A post"
    second = next(read_released(tmp_path / "test.json", tmp_path))
    assert (second.image, second.rejected, second.context.text) == (tmp_path / "b.png", None, "")


def test_a_broken_row_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('[{"idx": 1, "image_path": "a.png", "question": "q"}]')
    with pytest.raises(ValueError, match=r"x.json, row 1: 'chosen'"):
        list(read_released(tmp_path / "x.json", tmp_path))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the released samples are not here")
@pytest.mark.parametrize("name", ["twitter", "pinterest"])
def test_released_files(name: str) -> None:
    examples = list(read_released(SAMPLES / f"{name}_train.json", SAMPLES / "images"))
    assert len({example.id for example in examples}) == 10
    for example in examples:
        assert example.rejected
        assert example.context.text
        assert "ontext:" not in example.context.text[:9]
        assert load_image(example).mode == "RGB"
