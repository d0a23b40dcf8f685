"""What adapters write of drawn pictures is asked once, and no draft's words stay."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from altd.models.catalogue import find_model
from altd.models.loading import load_model, load_processor
from altd_trainer.data import PreferenceExample
from altd_trainer.gate import hold_gate
from altd_trainer.generation import Question, answer
from altd_trainer.grounding import ground, ground_texts
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.paradigms import LoraSettings
from altd_trainer.retrain.drawn import Drawn, Pictures
from altd_trainer.retrain.start import Start

PICTURES = Pictures("validation", 40, 3)


@pytest.fixture
def start(model_dir: Path) -> Start:
    return Start(find_model(str(model_dir)), "none", None, None)


@pytest.fixture
def adapter(model_dir: Path, tmp_path: Path, make_examples: Callable[[int], list[PreferenceExample]]) -> Path:
    settings = {"learning_rate": 5e-2, "max_steps": 2}
    train_mcm_dpo(model_dir, None, make_examples(4), tmp_path, settings, lora=LoraSettings(r=4, alpha=8))
    return tmp_path / "adapter"


def never() -> Path:
    raise AssertionError("it was known")


def test_pictures_are_those_of_the_split() -> None:
    assert [sample.id for sample in PICTURES.samples()] == [
        sample.id for start in range(3) for sample in PICTURES.samples(start, start + 1)
    ]
    assert len(list(PICTURES.samples(2, 9))) == 1
    other = replace(PICTURES, split="train")
    assert {sample.alt for sample in other.samples()} != {sample.alt for sample in PICTURES.samples()}


def test_what_the_active_one_writes_is_asked_once(start: Start, adapter: Path, tmp_path: Path) -> None:
    drawn = Drawn(start, tmp_path / "drawn")
    texts = drawn.active(PICTURES)
    assert len(texts) == 3
    (file,) = drawn.folder.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    file.write_text('["a", "b", "c"]')  # no model writes this: what is read was not asked for
    assert Drawn(start, drawn.folder).active(PICTURES) == ["a", "b", "c"]
    others = [
        Drawn(replace(start, adapter=adapter), drawn.folder).active(PICTURES),
        Drawn(replace(start, quantization="nf4"), drawn.folder).active(PICTURES),
        Drawn(start, drawn.folder).active(replace(PICTURES, first=41)),
    ]
    assert ["a", "b", "c"] not in others
    assert len(list(drawn.folder.iterdir())) == 4


def test_a_draft_is_trained_where_its_texts_are_not_known(
    start: Start, adapter: Path, tmp_path: Path, make_examples: Callable[[int], list[PreferenceExample]]
) -> None:
    drawn, examples, settings = Drawn(start, tmp_path / "drawn"), make_examples(3), {"max_steps": 2}
    texts = drawn.draft(PICTURES, examples, settings, lambda: adapter)
    assert drawn.draft(PICTURES, examples, settings, never) == texts
    others = [
        (replace(PICTURES, count=2), examples, settings),
        (PICTURES, examples[:2], settings),
        (PICTURES, [replace(examples[0], chosen="Another."), *examples[1:]], settings),
        (PICTURES, examples, {"max_steps": 3}),
    ]
    for pictures, learned, by in others:
        with pytest.raises(AssertionError, match="it was known"):
            drawn.draft(pictures, learned, by, never)


def test_drafts_and_former_generations_are_forgotten(start: Start, adapter: Path, tmp_path: Path) -> None:
    former = Drawn(replace(start, adapter=adapter), tmp_path / "drawn")
    former.active(PICTURES)
    drawn = Drawn(start, former.folder)
    drawn.active(PICTURES)
    drawn.draft(PICTURES, [], {}, lambda: adapter)
    (drawn.folder / ".draft-0.json.17.half").write_text("[")  # what a kill leaves
    assert len(list(drawn.folder.iterdir())) == 4
    drawn.forget()
    assert [file.name[:7] for file in drawn.folder.iterdir()] == ["active-"]
    assert Drawn(start, drawn.folder).active(PICTURES)


def test_known_texts_are_judged_as_if_asked_for(
    start: Start, adapter: Path, tmp_path: Path, make_examples: Callable[[int], list[PreferenceExample]]
) -> None:
    directory = start.model.directory
    model, processor = load_model(directory, "none"), load_processor(directory)
    samples = list(PICTURES.samples())
    questions = [Question(sample.image, sample.post, sample.lines) for sample in samples]
    texts = Drawn(start, tmp_path / "drawn").active(PICTURES)
    assert texts == list(answer(model, processor, questions, 16))
    asked, known = ground(model, processor, 40, 3), ground_texts(texts, 40)
    assert asked.summary() == known.summary()
    pairs = [each for each in make_examples(4) if each.rejected]
    told = [each.alt for each in Pictures("validation", 50_000, 4).samples()]
    gate = hold_gate(directory, "none", None, adapter, pairs, 4, told)
    assert gate.before.base.facts.mean() == 1  # what was said to be known, not what the model writes
    assert gate.after.base.facts.mean() < 1
