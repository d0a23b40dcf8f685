"""Words in texts that stand nowhere."""

from altd.describe.confidence import Thresholds
from altd_trainer.gate import Standing, Strange
from altd_trainer.grounding import ground_texts, samples

DRAWN = list(samples(50_000, 40))
TRUE = [sample.alt for sample in DRAWN]


def standing(*wanted: str, thresholds: Thresholds | None = None) -> Standing:
    return Standing.of(DRAWN, set(wanted), {"gnore"}, thresholds or Thresholds())


def test_no_word_of_a_true_text_is_strange() -> None:
    strange = standing().strange(TRUE)
    assert strange.words == 0
    assert strange.of > 200


def test_pieces_of_an_order_are_which_no_fact_tells() -> None:
    texts = [f"{text.removesuffix('.')} gnore zorbl." for text in TRUE[:3]] + TRUE[3:]
    strange = standing().strange(texts)
    assert (strange.words, strange.unwanted, strange.unwanted_share) == (6, 3, 3 / 40)
    assert standing("gnore").strange(texts).words == 3
    assert standing("gnore").strange(texts).unwanted == 0
    assert standing("gnore", "zorbl").strange(texts).share == 0
    assert ground_texts(texts, 50_000).told.min() == 1
    unheard = [f"{text} Gnore zorbl." for text in TRUE]  # a second sentence is not served
    assert standing().strange(unheard).words == 0


def test_what_is_posted_or_read_is_not() -> None:
    texts = [
        " ".join((text.removesuffix("."), sample.post.author, *sample.post.text.split(), *sample.lines))
        for text, sample in zip(TRUE, DRAWN, strict=True)
    ]
    assert standing().strange(texts).words == 0
    elsewhere = texts[1:] + texts[:1]
    assert standing().strange(elsewhere).words > 0


def test_quotations_count_as_they_are_served() -> None:
    place, line = next(
        (place, line)
        for place, sample in enumerate(DRAWN)
        for line in sample.lines
        if 10 <= len(line.replace(" ", "")) <= 16
    )
    texts = [*TRUE]
    texts[place] = f"A picture: “{line[:-2]}qz”."
    never = Thresholds(mend_quote_match=2)
    assert standing("picture", "a").strange(texts).words == 0
    assert standing("picture", "a", thresholds=never).strange(texts).words == 1


def test_shares_of_nothing() -> None:
    assert Strange(0, 0, 0, 0).share == Strange(0, 0, 0, 0).unwanted_share == 0
