"""What asking will cost, said before it begins."""

from collections.abc import Iterable
from dataclasses import dataclass

from altd_trainer.data.judging.cache import Remembering
from altd_trainer.data.judging.judge import Question

_CHARACTERS_PER_TOKEN = 4  # of English, for the tokenizers in use; rounded up for each question


@dataclass(frozen=True)
class Price:
    """Prices in the same currency, per million tokens, and the tokens that a picture counts as."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0
    image_tokens: int = 1100


@dataclass
class Cost:
    """What is left to ask, and what it takes at most."""

    questions: int = 0
    known: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def amount(self, price: Price) -> float:
        """In the currency of the price."""
        return (self.tokens_in * price.tokens_in + self.tokens_out * price.tokens_out) / 1e6

    def sentence(self, price: Price) -> str:
        """One line for a person."""
        money = f"about {self.amount(price):.2f} at the given price"
        if not price.tokens_in and not price.tokens_out:
            money = "of unknown price (--price-in and --price-out)"
        return (
            f"{self.questions} questions to ask, {self.known} answers known already: some {self.tokens_in} "
            f"tokens in and at most {self.tokens_out} out, {money}"
        )


def estimate(questions: Iterable[Question], judge: Remembering, price: Price) -> Cost:
    """Add up the questions that the judge was not asked before; a question twice counts once."""
    cost, seen = Cost(), set()
    for question in questions:
        key = question.key(judge.name)
        if key in seen:
            continue
        seen.add(key)
        if judge.knows(question):
            cost.known += 1
            continue
        cost.questions += 1
        cost.tokens_in += -(-len(question.text) // _CHARACTERS_PER_TOKEN)
        cost.tokens_in += price.image_tokens if question.image is not None else 0
        cost.tokens_out += question.most_tokens
    return cost
