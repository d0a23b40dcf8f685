"""Grammar correction of people's alt texts by a judge, the second of the paper's three steps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from altd_trainer.data.judging.judge import Judge, correction_of, how_to_write
from altd_trainer.data.judging.judged import side_by_side
from altd_trainer.data.preferences import PreferenceExample, same_text


@dataclass
class Corrected:
    """How many texts were read, how many came back changed, and how many answers were no correction."""

    texts: int = 0
    changed: int = 0
    unusable: int = 0

    def lines(self) -> Iterator[str]:
        """The counts as `name: value`, one a line."""
        yield f"texts: {self.texts}"
        yield f"corrected: {self.changed}"
        yield f"left as they were, the answer was no correction: {self.unusable}"


def correct(
    examples: Iterable[PreferenceExample], judge: Judge, corrected: Corrected, at_once: int = 4
) -> Iterator[PreferenceExample]:
    """The examples with their chosen text corrected; `corrected` counts.

    Raises:
        JudgeError: the judge cannot be asked.
    """

    def ask(example: PreferenceExample) -> str | None:
        return correction_of(judge(how_to_write(example.chosen)), example.chosen)

    for example, text in side_by_side(ask, examples, at_once):
        corrected.texts += 1
        corrected.unusable += text is None
        if text is None or text == example.chosen:
            yield example
            continue
        corrected.changed += 1
        rejected = None if same_text(text, example.rejected or "") else example.rejected
        yield replace(example, chosen=text, rejected=rejected)
