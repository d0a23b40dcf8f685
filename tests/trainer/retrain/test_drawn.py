"""What adapters write of drawn pictures is asked once, and no draft's words stay."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from altd.describe.prompt import Context
from altd.errors import AltdError
from altd.models.catalogue import find_model
from altd.models.loading import load_model, load_processor
from altd_trainer.data import PreferenceExample
from altd_trainer.gate import Evidence, hold_gate
from altd_trainer.generation import Question, answer
from altd_trainer.grounding import ground, ground_texts
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.paradigms import LoraSettings
from altd_trainer.retrain.drawn import Drawn, Pictures
from altd_trainer.retrain.start import Start
from altd_trainer.synthetic import Sample, generate

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
    drawn = Drawn.kept(start, tmp_path / "drawn")
    texts = drawn.active(PICTURES)
    assert len(texts) == 3
    (file,) = drawn.active_folder.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    file.write_text('["a", "b", "c"]')  # no model writes this: what is read was not asked for
    assert Drawn.kept(start, drawn.active_folder).active(PICTURES) == ["a", "b", "c"]
    others = [
        Drawn.kept(replace(start, adapter=adapter), drawn.active_folder).active(PICTURES),
        Drawn.kept(replace(start, quantization="nf4"), drawn.active_folder).active(PICTURES),
        Drawn.kept(start, drawn.active_folder).active(replace(PICTURES, first=41)),
    ]
    assert ["a", "b", "c"] not in others
    assert len(list(drawn.active_folder.iterdir())) == 4


def test_a_draft_is_trained_where_its_texts_are_not_known(
    start: Start, adapter: Path, tmp_path: Path, make_examples: Callable[[int], list[PreferenceExample]]
) -> None:
    drawn, examples, settings = Drawn.kept(start, tmp_path / "drawn"), make_examples(3), {"max_steps": 2}
    texts = drawn.draft(PICTURES, examples, settings, lambda: adapter)
    assert drawn.draft(PICTURES, examples, settings, never) == texts
    others = [
        (replace(PICTURES, count=2), examples, settings),
        (PICTURES, examples[:2], settings),
        (PICTURES, [replace(examples[0], chosen="Another."), *examples[1:]], settings),
        (PICTURES, [replace(examples[0], lines=("SALE",)), *examples[1:]], settings),
        (PICTURES, [replace(examples[0], context=Context(text="Other.")), *examples[1:]], settings),
        (PICTURES, examples, {"max_steps": 3}),
    ]
    for pictures, learned, by in others:
        with pytest.raises(AssertionError, match="it was known"):
            drawn.draft(pictures, learned, by, never)


def test_what_former_generations_wrote_is_forgotten(start: Start, adapter: Path, tmp_path: Path) -> None:
    former = Drawn(replace(start, adapter=adapter), tmp_path / "drawn", tmp_path / "work")
    former.active(PICTURES)
    drawn = replace(former, start=start, _used=set())
    drawn.active(PICTURES)
    drawn.draft(PICTURES, [], {}, lambda: adapter)
    (drawn.active_folder / ".0.json.17.half").write_text("[")  # what a kill leaves
    assert len(list(drawn.active_folder.iterdir())) == 3
    drawn.forget()
    (left,) = drawn.active_folder.iterdir()
    assert len(list(drawn.draft_folder.iterdir())) == 1  # it goes with its training
    left.write_text('["a", "b", "c"]')
    assert replace(drawn).active(PICTURES) == ["a", "b", "c"]


def test_other_rules_of_drawing_are_other_pictures(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def generate_otherwise(seed: int, index: int) -> Sample:
        sample = generate(seed, index)
        return replace(sample, image=sample.image.transpose(Image.Transpose.ROTATE_180))

    drawn = Drawn.kept(start, tmp_path)
    drawn.active(PICTURES)
    (file,) = tmp_path.iterdir()
    file.write_text('["a", "b", "c"]')
    monkeypatch.setattr("altd_trainer.retrain.drawn.generate", generate_otherwise)
    assert drawn.active(PICTURES) != ["a", "b", "c"]


def test_nothing_is_kept_once_it_may_not(start: Start, tmp_path: Path) -> None:
    def purged() -> None:
        raise AltdError("feedback_purged")

    drawn = replace(Drawn.kept(start, tmp_path), check=purged)
    with pytest.raises(AltdError):
        drawn.active(PICTURES)
    assert list(tmp_path.iterdir()) == []


def test_known_texts_are_judged_as_if_asked_for(
    start: Start, adapter: Path, tmp_path: Path, make_examples: Callable[[int], list[PreferenceExample]]
) -> None:
    directory = start.model.directory
    model, processor = load_model(directory, "none"), load_processor(directory)
    samples = list(PICTURES.samples())
    questions = [Question(sample.image, sample.post, sample.lines) for sample in samples]
    texts = Drawn.kept(start, tmp_path / "drawn").active(PICTURES)
    assert texts == list(answer(model, processor, questions, 16))
    asked, known = ground(model, processor, 40, 3), ground_texts(texts, 40)
    assert asked.summary() == known.summary()
    pairs = [each for each in make_examples(4) if each.rejected]
    told = [each.alt for each in Pictures("validation", 50_000, 4).samples()]
    gate = hold_gate(directory, "none", None, adapter, Evidence(pairs, pairs, 4, told))
    assert gate.before.base.facts.mean() == 1  # what was said to be known, not what the model writes
    assert gate.after.base.facts.mean() < 1
