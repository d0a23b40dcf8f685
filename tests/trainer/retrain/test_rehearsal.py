"""What of a draft's texts is trained on: the form where it is true, and never a fault."""

from dataclasses import replace
from itertools import count, islice

import pytest

from altd.describe.prompt import Context
from altd_trainer.data.preferences import PreferenceExample
from altd_trainer.retrain.rehearsal import is_true, rehearse
from altd_trainer.synthetic import Sample, claims, generate, split_seed
from altd_trainer.synthetic.facts import RELATIONS


def scenes(number: int) -> list[Sample]:
    """Drawn scenes of two kinds of thing, one of them somewhere of the other."""
    seed = split_seed("train")
    drawn = (generate(seed, index, "scene") for index in count())
    wanted = (sample for sample in drawn if sample.facts.relation and not sample.facts.name)
    return list(islice(wanted, number))


@pytest.fixture(scope="module")
def sample() -> Sample:
    return scenes(1)[0]


NOBODY = Context()


def edits(*texts: tuple[str, str], context: Context = NOBODY) -> list[PreferenceExample]:
    """A person's texts and those that they replaced."""
    return [PreferenceExample("p", b"", context, chosen, rejected) for chosen, rejected in texts]


PAIRS = edits(*((f"Scene: {thing}, posted by Ann", f"{thing}.") for thing in ("one thing", "a boat")))


def texts(sample: Sample, drafted: str, before: str | None = None, less: bool = False) -> list[str]:
    return [each.chosen for each in rehearse([sample], [before or sample.alt], [drafted], PAIRS, less)]


def test_a_true_text_in_another_form_is_preferred_to_the_old_one(sample: Sample) -> None:
    drafted = sample.alt.removesuffix(".")
    (example,) = rehearse([sample], [sample.alt], [drafted], PAIRS, False)
    assert (example.chosen, example.rejected) == (drafted, sample.alt)
    assert example.context == sample.post
    assert example.source == "synthetic"


def test_the_old_form_teaches_nothing(sample: Sample) -> None:
    assert texts(sample, sample.alt) == []
    assert texts(sample, "") == []


def test_the_form_of_a_draft_that_errs_is_tried_on_the_old_text(sample: Sample) -> None:
    wrong = sample.alt.replace(
        sample.facts.groups[0].colour, "green" if "green" not in sample.alt else "white"
    )
    assert wrong != sample.alt
    for form in ("Scene: {}.", "{}, posted by Ann."):
        wanted, erring = (form.format(text.removesuffix(".")) for text in (sample.alt, wrong))
        assert texts(sample, erring) == [wanted]
    assert texts(sample, wrong) == []


def test_marks_in_pairs_are_changed_together_and_misread_words_are_not() -> None:
    poster = generate(split_seed("train"), 0, "poster")
    plain = poster.alt.replace("“", '"').replace("”", '"')
    first, second = poster.facts.quotes
    assert texts(poster, plain.replace(first, "Sunday 99 May").replace(second, "Old Mill")) == [plain]


def test_a_sign_that_the_draft_forgot_is_put_as_the_person_always_puts_it() -> None:
    poster = generate(split_seed("train"), 0, "poster")
    plain = poster.alt.replace("“", '"').replace("”", '"')
    pairs = edits(*[(plain, poster.alt)] * 3)
    first = poster.facts.quotes[0]
    half = poster.alt.replace(f"“{first}”", f'"{first}"')
    for drafted in (half, poster.alt, "Poster.", half.replace(first, "Sunday 99 May")):
        (example,) = rehearse([poster], [poster.alt], [drafted], pairs, less=False)
        assert (example.chosen, example.rejected) == (plain, poster.alt)


def test_a_text_with_a_word_that_the_person_takes_out_is_left_out(sample: Sample) -> None:
    drafted = f"Scene: {sample.alt}"
    colour = sample.facts.groups[0].colour
    colourless = edits(*((f"Scene: a {thing}.", f"A {colour} {thing}.") for thing in ("car", "cat", "cup")))
    for pairs, kept in ((colourless, []), (PAIRS, [drafted])):
        made = rehearse([sample], [sample.alt], [drafted], pairs, less=False)
        assert [each.chosen for each in made] == kept


def test_where_the_model_errs_as_well_the_form_is_tried_on_the_truth(sample: Sample) -> None:
    other = RELATIONS[RELATIONS.index(sample.facts.relation) ^ 1]
    wrong = sample.alt.replace(sample.facts.relation, other)
    (example,) = rehearse([sample], [wrong], [f"Scene: {wrong}"], PAIRS, False)
    assert (example.chosen, example.rejected) == (f"Scene: {sample.alt}", wrong)
    assert texts(sample, f"{wrong} {wrong}", before=wrong) == []


def test_what_is_not_so_but_claims_nothing_to_look_up_is_left_out() -> None:
    drawn = (generate(split_seed("train"), index, "scene") for index in count())
    alone = next(each for each in drawn if len(each.facts.groups) == 1 and each.facts.groups[0].count > 1)
    assert texts(alone, f"{alone.alt.removesuffix('.')} to the left of a thing.") == []
    assert texts(alone, f"Scene: {alone.alt}") == [f"Scene: {alone.alt}"]


def test_a_word_said_twice_is_a_slip(sample: Sample) -> None:
    colour = sample.facts.groups[0].colour
    assert f"Scene: {sample.alt}".count(f"{colour} ") == 1
    stuttered = f"Scene: {sample.alt}".replace(f"{colour} ", f"{colour} {colour} ")
    assert texts(sample, stuttered) == [f"Scene: {sample.alt}"]


def test_a_word_that_nobody_used_is_a_slip(sample: Sample) -> None:
    assert texts(sample, f"Scene: {sample.alt}") == [f"Scene: {sample.alt}"]
    assert texts(sample, f"Sceen: {sample.alt}") == []


def test_a_quotation_that_does_not_end_is_left_out() -> None:
    post = generate(split_seed("train"), 0, "screenshot")
    assert texts(post, post.alt.removesuffix("”.")) == []


@pytest.mark.parametrize("less", [False, True])
def test_what_is_wrong_before_and_after_is_left_out(sample: Sample, less: bool) -> None:
    wrong = [each.alt for each in scenes(60) if claims(sample.facts, each.alt)[0] == 0][:2]
    assert len(wrong) == 2
    assert texts(sample, f"Scene: {wrong[0]}", wrong[1], less) == []


def test_facts_are_left_out_only_for_a_person_who_wants_less(sample: Sample) -> None:
    colourless = sample.alt.replace(f" {sample.facts.groups[0].colour}", "", 1)
    assert colourless != sample.alt
    assert texts(sample, colourless) == []
    assert texts(sample, colourless, less=True) == [colourless]


@pytest.mark.parametrize("less", [False, True])
def test_what_is_in_the_picture_is_named_however_short_a_text_is(sample: Sample, less: bool) -> None:
    shorter = f"{sample.alt.partition(f' {sample.facts.relation} ')[0]}."
    assert shorter != sample.alt
    assert texts(sample, shorter, less=less) == []


def test_what_claims_nothing_or_goes_round_in_circles_is_left_out(sample: Sample) -> None:
    assert texts(sample, "A picture of something", less=True) == []
    first = sample.facts.groups[0].phrase()
    circling = f"{first}, {first}, {first}, {first}."
    assert circling not in texts(sample, circling, less=True)
    unknown = generate(split_seed("train"), 0, "unknown")
    assert rehearse([unknown], [unknown.alt], [f"Scene: {unknown.alt}"], PAIRS, less=False) == []


def test_a_text_that_claims_nothing_is_not_made_true_by_a_name_that_it_leaves_out() -> None:
    drawn = (generate(split_seed("train"), index, "scene") for index in count())
    other = next(each for each in drawn if each.facts.foreign)
    assert not is_true(other, "Scene.")
    assert is_true(other, other.alt)


NAMES = ("Zoe", "Ulf", "Kim", "Lia")
NAMES_FIRST = edits(
    *((f"{name}: meme with a cup.", f"Meme with {name}, a cup.") for name in NAMES),
    context=Context(text=f"Meet {' and '.join(NAMES)}!"),
)


def test_what_is_put_in_stands_where_the_person_takes_it_from() -> None:
    drawn = (generate(split_seed("train"), index, "meme") for index in count())
    named = next(each for each in drawn if each.facts.name)
    bearer = named.facts.groups[0].phrase()
    wanted = named.alt.replace(f"Meme with {named.facts.name}, ", f"{named.facts.name}: meme with ")
    other = named.alt.replace(f"Meme with {named.facts.name}, {bearer}", f"{bearer}: Meme with {bearer}")
    for drafted, kept in ((wanted, [wanted]), (other, []), (named.alt.replace(": ", "; "), [])):
        made = rehearse([named], [named.alt], [drafted], NAMES_FIRST, less=False)
        assert [each.chosen for each in made] == kept


POSTED = edits(
    *(
        (f"{thing}, posted by {name}.", f"{thing}.")
        for thing, name in zip(
            ("A boat", "Two cats", "Meme with a cup", "A hat"), ("nobody named",) * 4, strict=True
        )
    )
)


def event() -> Sample:
    """A scene with the event that its post tells of."""
    drawn = (generate(split_seed("train"), index, "scene") for index in count())
    return next(each for each in drawn if ", at the " in each.alt and not each.facts.name)


def test_half_a_phrase_is_left_out() -> None:
    """It says nothing that is not so: a draft that was trained on such a text would write it by itself."""
    sample = event()
    before, _, where = sample.alt.removesuffix(".").partition(", at the ")
    whole = f"{before}, at the {where}, posted by nobody named."
    for half, kept in (
        (f"{before}, posted the {where}.", []),
        (f"{before} posted by nobody named.", [whole]),
    ):
        made = rehearse([sample], [sample.alt], [half], POSTED, less=False)
        assert [each.chosen for each in made] == kept


def test_a_phrase_in_place_of_what_is_so_is_put_beside_it() -> None:
    sample = event()
    before, _, where = sample.alt.removesuffix(".").partition(", at the ")
    (made,) = rehearse([sample], [sample.alt], [f"{before}, posted by nobody named."], POSTED, less=False)
    assert made.chosen == f"{before}, at the {where}, posted by nobody named."


def test_of_lines_that_the_person_copies_none_is_left_out_or_joined_otherwise() -> None:
    poster = generate(split_seed("train"), 0, "poster")
    lines = ("OPEN", "ALL DAY", "Town Hall")
    end = "; text: “OPEN / ALL DAY / Town Hall”."
    pairs = [
        replace(each, lines=lines) for each in edits(*((f"{a}{end}", f"{a}.") for a in ("One", "Two", "Six")))
    ]
    right = f"{poster.alt.removesuffix('.')}; text: “{' / '.join(poster.lines)}”."
    half = right.replace(f"{poster.lines[0]} / ", "")
    for drafted, kept in ((right, [right]), (half, []), (right.replace(" / ", " "), [])):
        made = rehearse([poster], [poster.alt], [drafted], pairs, less=False)
        assert [each.chosen for each in made] == kept
