"""Every form of a set of pictures."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from altd_trainer.data import PreferenceExample, write_examples
from altd_trainer.data.images import UnreadableImageError
from altd_trainer.evaluation import open_items
from altd_trainer.synthetic import generate, split_seed

Make = Callable[[int], list[PreferenceExample]]


def test_drawn_pictures_keep_every_pixel_and_their_facts() -> None:
    item = open_items("synthetic:test", 3)[2]
    sample = generate(split_seed("test"), 2)
    assert np.array_equal(np.asarray(item.image), np.asarray(sample.image.convert("RGB")))
    assert (item.facts, item.context, item.reference) == (sample.facts, sample.post, sample.alt)


@pytest.mark.parametrize(("source", "limit"), [("synthetic:test", 0), ("synthetic:tset", 5)])
def test_sets_that_there_are_not(source: str, limit: int) -> None:
    with pytest.raises(ValueError, match=r"say how many|no synthetic split"):
        open_items(source, limit)


@pytest.mark.parametrize("released", [False, True])
def test_a_file_in_either_form(make_examples: Make, tmp_path: Path, released: bool) -> None:
    examples = make_examples(3)
    file = tmp_path / "set.jsonl"
    write_examples(examples, file, released=released, embed=True)
    items = open_items(str(file), 2)
    assert [item.reference for item in items] == [example.chosen for example in examples[:2]]
    assert items[0].context.text == examples[0].context.text
    assert items[0].image.size == (48, 36)
    assert items[0].facts is None


def test_a_folder_of_files_with_its_pictures(make_examples: Make, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for number, example in enumerate(make_examples(3)):
        example.image.save(tmp_path / "images" / f"{number}.png")
        row = {"image": f"{number}.png", "id": f"{number}", "chosen": example.chosen, "context": ""}
        (tmp_path / f"set-{number}.jsonl").write_text(json.dumps(row) + "\n")
    items = open_items(str(tmp_path), 2)
    assert [item.id for item in items] == ["0", "1"]
    assert items[1].image.size == (48, 36)
    assert len(open_items(str(tmp_path), 0)) == 3


def test_an_empty_folder_and_a_missing_picture(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no \.jsonl"):
        open_items(str(tmp_path), 0)
    row = {"image": "gone.png", "id": "1", "chosen": "A cat.", "context": ""}
    (tmp_path / "set.jsonl").write_text(json.dumps(row) + "\n")
    with pytest.raises(UnreadableImageError, match="picture 1"):
        _ = open_items(str(tmp_path), 0)[0].encoded
