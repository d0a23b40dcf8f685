"""Examples that a model cannot take."""

from pathlib import Path

from altd.describe.prompt import Context
from altd_trainer.feedback import Feedback, read_feedback
from altd_trainer.fitting import fitting
from altd_trainer.negatives import with_rejected_contexts

from .conftest import draw
from .verdicts import Home, png


def with_contexts(feedback: Feedback) -> Feedback:
    pool = [Context(text="Monday again.")]
    return Feedback(with_rejected_contexts(feedback.examples, pool, 0), feedback.not_used)


def test_a_post_that_is_too_long_is_named_and_the_others_stay(tmp_path: Path, model_dir: Path) -> None:
    home = Home(tmp_path)
    image = png(draw("red", "ellipse"))
    home.give(home.describe(image, "A thing.", Context(text="Our fair")), "edit", "A red circle.")
    long = home.give(
        home.describe(image, "A thing.", Context(text="港の祭り" * 150)), "edit", "A red circle."
    )
    feedback = fitting(with_contexts(read_feedback(home.paths)), model_dir)
    assert [example.context.text for example in feedback.examples] == ["Our fair"]
    (verdict,) = feedback.not_used
    assert verdict.id == long
    assert verdict.reason == "post and text are longer than the 512 tokens that the model takes"
