"""What becomes of answers, and which of them are false and sure."""

from altd_trainer.evaluation import open_items
from altd_trainer.evaluation.answers import Answer
from altd_trainer.evaluation.outcomes import counts, false_confident, outcomes

FALSE = "A picture with a zebra and “words that nobody wrote”."


def test_each_way_to_be_served() -> None:
    items = open_items("synthetic:test", 7)
    true = items[0].reference
    answers = [
        Answer(true, confidence="high"),
        Answer(FALSE, confidence="high"),
        Answer(FALSE),  # who does not say how sure it is, is taken to be
        Answer(FALSE, confidence="low"),
        Answer("Text in image: OPEN", confidence="low", from_model=False),
        Answer("", "no_description", "low", said=FALSE),
        Answer("", "failed", error="It broke."),
    ]
    judged = outcomes(items, answers)
    assert counts(judged) == {"sure": 3, "guess": 1, "text only": 1, "silent": 1, "failed": 1}
    assert [outcome.false_confident for outcome in judged] == [False, True, True, *[False] * 4]
    wrong = false_confident(judged)
    assert wrong is not None
    assert (wrong.value, wrong.count) == (2 / 3, 3)
    assert sorted(judged, key=lambda outcome: outcome.badness)[-1].answer.text == FALSE
    assert min(judged, key=lambda outcome: outcome.badness).answer.text == true


def test_without_a_sure_answer_there_is_no_share() -> None:
    items = open_items("synthetic:test", 2)
    assert false_confident(outcomes(items, [Answer(FALSE, confidence="low")] * 2)) is None
