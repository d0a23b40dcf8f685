"""Who is asked, and what comes back: one small interface for models, the whole daemon and servers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self

from altd_trainer.evaluation.items import Item

State = Literal["done", "no_description", "failed"]


@dataclass(frozen=True)
class Answer:
    """What became of one picture.

    Attributes:
        text: what a screen reader would be given; empty unless `state` is `done`.
        state: `no_description` where the answerer keeps silent, `failed` where it broke.
        confidence: `high` is served as a fact, `low` as a guess; None where the answerer does not say, and
            its texts would be served as facts.
        said: what the model itself said, also where that was withheld.
        probability: geometric mean of the probabilities of the tokens of `said`, 0 to 1.
        lines: what the reader read in the picture.
        from_model: whether `text` is the model's; otherwise it was copied from the picture.
        error: why it failed.
    """

    text: str
    state: State = "done"
    confidence: Literal["high", "low"] | None = None
    said: str = ""
    probability: float | None = None
    lines: tuple[str, ...] = ()
    from_model: bool = True
    error: str = ""

    @property
    def sure(self) -> bool:
        """Whether a user would take it for a fact."""
        return self.state == "done" and self.confidence != "low"

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The answer that `dataclasses.asdict` made these of."""
        return cls(**values | {"lines": tuple(values["lines"])})


class Answerer(Protocol):
    """Somebody who can be asked about pictures.

    Attributes:
        name: for people.
        digest: changes whenever the answers might.
    """

    name: str
    digest: str

    def answer(self, items: Sequence[Item]) -> Iterator[Answer]:
        """An answer for each item, in order; models are loaded by the first that is asked for."""
        ...


class AnswerStore(Protocol):
    """Where answers are kept between runs."""

    def get(self, item: Item) -> Answer | None:
        """The answer that was kept for this picture in this post."""
        ...

    def put(self, item: Item, answer: Answer) -> None:
        """Keep an answer."""
        ...


def collect_answers(
    answerer: Answerer, items: Sequence[Item], kept: AnswerStore, told: Callable[[int, int], None]
) -> list[Answer]:
    """The answer to each item; only those are asked for that are not kept yet.

    Args:
        answerer: whom to ask.
        items: about what.
        kept: looked into first, and filled answer by answer; what failed is not kept.
        told: called after each new answer with how many are there, and of how many.
    """
    known: dict[int, Answer] = {
        index: answer for index, item in enumerate(items) if (answer := kept.get(item)) is not None
    }
    missing = [index for index in range(len(items)) if index not in known]
    heard = answerer.answer([items[index] for index in missing]) if missing else iter(())
    for index, answer in zip(missing, heard, strict=True):
        known[index] = answer
        if answer.state != "failed":
            kept.put(items[index], answer)
        told(len(known), len(items))
    return [known[index] for index in range(len(items))]
