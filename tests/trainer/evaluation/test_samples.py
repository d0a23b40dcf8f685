"""The twenty real posts, where they are at hand: the bundled model knows none of them, and says so."""

from pathlib import Path

import pytest

from altd.models.catalogue import BUNDLED, find_model
from altd_trainer.evaluation import EvaluationRequest, evaluate
from altd_trainer.evaluation.outcomes import counts

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not part of the project")
@pytest.mark.skipif(
    not (find_model(BUNDLED).directory / "config.json").is_file(), reason="there is no bundled model"
)
def test_no_false_confident_answer(tmp_path: Path) -> None:
    request = EvaluationRequest(BUNDLED, data=str(SAMPLES), limit=0)
    items, evaluation = evaluate(request, tmp_path, lambda event: None)
    assert len(items) == 20
    assert counts(evaluation.judged)["failed"] == 0
    assert [outcome.item.id for outcome in evaluation.judged if outcome.false_confident] == []
    assert [outcome.answer.text for outcome in evaluation.judged if outcome.answer.sure] == []
