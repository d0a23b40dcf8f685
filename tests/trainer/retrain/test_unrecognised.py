"""The sentence for a picture that is not recognised is put in no form."""

from altd_trainer.retrain.unrecognised import unrecognised
from altd_trainer.synthetic import generate, split_seed

UNKNOWN = generate(split_seed("train"), 0, "unknown")


def test_it_is_preferred_to_what_the_draft_made_of_it() -> None:
    scene = generate(split_seed("train"), 0, "scene")
    drafted = [f"Szene: {each.alt}" for each in (UNKNOWN, scene)]
    (kept,) = unrecognised([UNKNOWN, scene], [UNKNOWN.alt, scene.alt], drafted)
    assert (kept.id, kept.chosen, kept.rejected) == (UNKNOWN.id, UNKNOWN.alt, drafted[0])


def test_a_model_that_put_it_in_a_form_is_taught_it_again() -> None:
    put = f"Szene: {UNKNOWN.alt}"
    (mended,) = unrecognised([UNKNOWN], [put], [put])
    assert (mended.chosen, mended.rejected) == (UNKNOWN.alt, put)


def test_where_the_draft_left_it_there_is_nothing_to_learn() -> None:
    for drafted in (UNKNOWN.alt, ""):
        assert unrecognised([UNKNOWN], [UNKNOWN.alt], [drafted]) == []


def test_a_model_without_such_a_sentence_keeps_none() -> None:
    assert unrecognised([UNKNOWN], ["A blue blur."], ["A blue blur"]) == []
