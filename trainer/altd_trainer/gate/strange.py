"""Words in texts about drawn pictures that stand nowhere: neither true, nor read, nor posted, nor wanted.

A training on spoilt verdicts puts in what claims nothing, as pieces of an order (“gnore the picture”) or
broken words, and every fact in the text stays right. It is heard all the same. A few words in a hundred are
misread by whoever is to copy what is written; of those that stood in most texts learned from and in none
that was held out, hardly one may be said.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import asdict, dataclass
from typing import Self

from altd.describe.confidence import Thresholds
from altd.describe.wording import tidied
from altd_trainer.metrics.words import all_words, words
from altd_trainer.synthetic import Sample


@dataclass(frozen=True)
class Strange:
    """How many of an adapter's words stand nowhere.

    Attributes:
        words: those that do.
        of: all that it writes.
        unwanted: texts with one of them that is unwanted.
        texts: all of them.
    """

    words: int
    of: int
    unwanted: int
    texts: int

    @property
    def share(self) -> float:
        """Of all words; 0 where there is none."""
        return self.words / max(self.of, 1)

    @property
    def unwanted_share(self) -> float:
        """Of all texts; 0 where there is none."""
        return self.unwanted / max(self.texts, 1)


@dataclass(frozen=True)
class Standing:
    """Where the words of texts about drawn pictures may stand.

    Attributes:
        own: of each picture, its post and the lines in it.
        known: words that may stand in any text: those of the true texts of all pictures, and those that the
            person wants.
        unwanted: words that the adapter was taught and the person does not want.
        thresholds: texts are taken as they would be served, with quotations as read and names as posted.
    """

    own: Sequence[tuple[Sequence[str], Sequence[str]]]
    known: Set[str]
    unwanted: Set[str]
    thresholds: Thresholds

    @classmethod
    def of(
        cls, samples: Iterable[Sample], wanted: Set[str], unwanted: Set[str], thresholds: Thresholds
    ) -> Self:
        """That of these pictures, for a person who wants some words and others not."""
        own, known = [], set(wanted)
        for sample in samples:
            own.append((tuple(asdict(sample.post).values()), tuple(sample.lines)))
            known |= words(sample.alt)
        return cls(own, known, unwanted, thresholds)

    def strange(self, texts: Sequence[str]) -> Strange:
        """Those of an adapter's texts, one for each picture."""
        strange = count = unwanted = 0
        for text, (post, lines) in zip(texts, self.own, strict=True):
            written = all_words(tidied(text, post, lines, self.thresholds))
            there = self.known | words(*post, *lines)
            nowhere = [word for word in written if word not in there]
            count += len(written)
            strange += len(nowhere)
            unwanted += not self.unwanted.isdisjoint(nowhere)
        return Strange(strange, count, unwanted, len(texts))
