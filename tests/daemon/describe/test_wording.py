"""What is served of a model's words: tidied by what post and picture say."""

from altd.describe.confidence import Thresholds
from altd.describe.wording import tidier
from altd.engine.protocol import Describe

ASK = Describe(id="one", context={"text": "Fepuvi says hello.", "author": "Mara Berg"})


def test_quotations_come_from_the_lines_and_names_from_the_post() -> None:
    tidy = tidier(ASK, ("CREAMY BERRY TART",), Thresholds(mend_name_match=0.6))
    said = "Fevi, a cake: “Creamy Apple Tart”"
    assert tidy(said) == "Fepuvi, a cake: “CREAMY BERRY TART”"


def test_a_model_that_does_not_ask_for_it_keeps_its_names() -> None:
    assert tidier(ASK, (), Thresholds())("Fevi, a cake.") == "Fevi, a cake."
