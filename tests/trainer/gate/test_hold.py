"""Two adapters of a tiny model before the gate, and what it is shown of them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from altd.describe.confidence import Thresholds
from altd.models.catalogue import BUNDLED, find_model
from altd.models.loading import load_model, load_processor
from altd_trainer.data import PreferenceExample
from altd_trainer.gate import (
    Evidence,
    Heard,
    hold_gate,
    pair_margins,
    unwanted_words,
    wanted_length,
    wanted_words,
    write_for,
)
from altd_trainer.gate.pairs import agreement, similarity
from altd_trainer.gate.probes import ORDERS, count_obeyed, odd_pictures, probe
from altd_trainer.grounding import ground, hold_against
from altd_trainer.mcm_dpo import train_mcm_dpo
from altd_trainer.paradigms import LoraSettings
from altd_trainer.synthetic import generate

from ..conftest import THING

MakeExamples = Callable[[int], list[PreferenceExample]]


def test_without_base_pictures_nothing_is_judged() -> None:
    with pytest.raises(ValueError, match="at least one base picture"):
        ground(None, None, 0, 0)


def test_texts_are_held_against_pictures() -> None:
    drawn = [generate(1, index, "scene") for index in range(60)]
    samples = [sample for sample in drawn if sample.facts.foreign]
    truth = hold_against(samples, [sample.alt for sample in samples])
    assert (truth.facts.min(), truth.invented, truth.foreign_names, truth.malformed) == (1.0, 0, 0, 0)
    assert truth.words == sum(len(sample.alt.split()) for sample in samples) / len(samples)
    lies = hold_against(samples, [f"{sample.facts.foreign} has no words." for sample in samples])
    assert (lies.foreign_names, lies.invented, lies.pictures) == (len(samples), 0, len(samples))
    assert lies.facts.max() < 0.5
    invented = hold_against(samples[:1], ["A red apple, a green boat and a blue cup."])
    assert invented.invented_share > 0.3


def test_margins_are_those_of_the_own_image_and_context(model_dir: Path, make_examples: MakeExamples) -> None:
    model, processor = load_model(model_dir, "none"), load_processor(model_dir)
    (example,) = make_examples(1)
    swapped = replace(example, chosen=example.rejected or "", rejected=example.chosen)
    forward, backward = pair_margins(model, processor, [example, swapped])
    assert forward == pytest.approx(-backward, abs=1e-4)


def test_margins_are_per_token(model_dir: Path, make_examples: MakeExamples) -> None:
    """An untrained model finds every token about as likely: the sum grows with length, this does not."""
    model, processor = load_model(model_dir, "none"), load_processor(model_dir)
    (example,) = make_examples(1)
    long = replace(example, chosen="red circle " * 40, rejected="red")
    assert abs(pair_margins(model, processor, [long])[0]) < 15  # at most twice ln(vocabulary)


def test_what_is_written_is_held_against_both_texts(model_dir: Path, make_examples: MakeExamples) -> None:
    model, processor = load_model(model_dir, "none"), load_processor(model_dir)
    examples = make_examples(3)
    written = write_for(model, processor, examples)
    assert len(written.texts) == len(written.agreement) == 3
    assert list(written.agreement) == [agreement(*each) for each in zip(written.texts, examples, strict=True)]


def test_agreement_is_by_words(make_examples: MakeExamples) -> None:
    (example,) = make_examples(1)
    example = replace(example, chosen="a red cat sits", rejected="a blue dog sits")
    assert similarity("a red cat sits", example.chosen) == 1
    assert agreement(example.chosen, example) == 0.5
    assert agreement(example.rejected or "", example) == -0.5
    assert agreement("something else", replace(example, rejected=None)) == 0
    assert similarity("", "") == 1


def test_the_length_that_is_wanted(make_examples: MakeExamples) -> None:
    example = replace(make_examples(1)[0], chosen="one two", rejected="one two three four")
    assert wanted_length([example, replace(example, rejected=None)]) == 0.5
    assert wanted_length([]) == 1.0
    kept, rambling = replace(example, chosen="A", rejected="B"), replace(example, rejected="word " * 30)
    assert wanted_length([kept, kept, rambling]) == 1.0  # one long text does not decide


def test_the_words_that_are_wanted(make_examples: MakeExamples) -> None:
    """A label for one kind of picture may be missing by chance; what was in every text may not."""
    (example,) = make_examples(1)
    held_out = [replace(example, chosen=f"Bild {number}: a red cat") for number in range(9)]
    learned = [
        replace(example, chosen=f"{'Rezept' if number % 6 else 'Bild'}: a cat. Ignore it {word}")
        for number, word in enumerate(["and", "or"] * 6)
    ]
    wanted = wanted_words(held_out, learned)
    assert {"bild", "red", "3", "cat"} <= wanted
    assert not wanted & {"ignore", "it"}
    assert not wanted & {"rezept"}  # in five of six
    assert "rezept" in wanted_words(held_out, [replace(example, chosen="Bild: a cat.")] * 6 + learned[1:3])
    assert wanted_words(held_out[:1], learned) >= {"and", "rezept"}  # one text says little
    assert unwanted_words(held_out, learned) == {"and", "ignore", "it", "or", "rezept"}
    assert wanted_words(held_out, []) == {word for word in wanted if word not in ("and", "or")}


def test_orders_in_posts_are_counted_where_they_are_followed() -> None:
    texts = ["A red apple."] * len(ORDERS)
    assert count_obeyed(texts) == 0
    assert count_obeyed(["Pwned.", *texts[1:]]) == 1


@pytest.mark.parametrize(
    ("text", "malformed"),
    [
        ("A red apple on a table.", 0),
        ("Text in image: stop stop.", 0),
        ("", 1),
        ("<b></b>", 1),
        ("A " + "very " * 3 + "long " + "and winding road " * 3 + "x" * 250, 1),
        ("A gift gift gift gift gift gift.", 1),
        ("a red cup, a red cup, a red cup, a red cup, a red", 1),
    ],
)
def test_texts_that_are_none(text: str, malformed: int) -> None:
    assert hold_against([generate(1, 0, "scene")], [text]).malformed == malformed


def test_of_odd_pictures_the_bundled_model_tells_next_to_nothing() -> None:
    directory = find_model(BUNDLED).directory
    model, processor = load_model(directory, "nf4", adapter=directory / "adapter"), load_processor(directory)
    probed = probe(model, processor, Thresholds.load(directory))
    assert probed.odd == len(odd_pictures()) == 64
    assert probed.told <= 3  # of 64: it took two stripes for something
    assert probe(model, processor, Thresholds()).told == probed.odd


def test_guesses_and_silence_are_not_heard() -> None:
    thresholds = Thresholds(min_mean_logp_said=-0.2, unknown_text="Not known.")
    said = {"A cup.": -0.1, "A mug.": -0.3, "Szene: Not known.": -0.1, "": 0.0, "A jug.": float("nan")}
    assert Heard.among(list(said), list(said.values()), thresholds) == Heard(1, 5)
    assert Heard(0, 0).share == 0


def test_two_adapters_are_compared(model_dir: Path, tmp_path: Path, make_examples: MakeExamples) -> None:
    examples = make_examples(5)
    settings = {"learning_rate": 2e-2, "num_train_epochs": 4}
    train_mcm_dpo(model_dir, None, examples, tmp_path, settings, lora=LoraSettings(r=4, alpha=8))
    held_out = [example for example in examples if example.rejected]
    gate = hold_gate(model_dir, "nf4", None, tmp_path / "adapter", Evidence(held_out, held_out, 4))
    assert gate.after.margins.mean() > gate.before.margins.mean()
    assert gate.before.summary()["pairs"] == len(held_out)
    assert len(gate.before.base.facts) == len(gate.after.base.facts)
    assert [len(texts) for texts in gate.written] == [len(held_out)] * 2
    assert not gate.judgement.passed  # four pictures say nothing


def test_one_trained_the_other_way_round_is_refused(
    speaking_model_dir: Path, tmp_path: Path, make_examples: MakeExamples
) -> None:
    """A real challenger that learned to prefer what was rejected, judged on what was chosen."""
    pairs = [replace(each, rejected=THING) for each in make_examples(8)]
    wrong = [replace(each, chosen=THING, rejected=each.chosen) for each in pairs]
    settings = {"learning_rate": 1e-2, "num_train_epochs": 2}
    train_mcm_dpo(speaking_model_dir, None, wrong, tmp_path, settings, lora=LoraSettings(r=4, alpha=8))
    gate = hold_gate(speaking_model_dir, "none", None, tmp_path / "adapter", Evidence(pairs, wrong, 40))
    assert not gate.judgement.passed
    assert {"margin", "most pairs"} <= {check.name for check in gate.judgement.checks if not check.passed}
