"""Other posts to take a rejected context or a rejected picture from.

Candidates stand on a ring, each at a place that its own content gives; an example starts at a place that
its id gives and takes the first candidate that is another post. So a draw depends neither on the order
of the candidates nor on the other examples, and one more candidate changes the draws next to it alone:
what was computed with the others' negatives stays valid.
"""

import hashlib
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import astuple, replace
from functools import cached_property

from altd.describe.prompt import Context, render_context
from altd_trainer.data.images import image_digest
from altd_trainer.data.preferences import PreferenceExample


def with_rejected_contexts(
    examples: Sequence[PreferenceExample], pool: Sequence[Context | PreferenceExample], seed: int
) -> list[PreferenceExample]:
    """The examples, each with a rejected context: its own when it has one, else one of the pool.

    Equal text is what a second image of the same post, or a repeated post, would bring; the preference
    would then have nothing to tell apart. So a rejected context is never empty, never equal to the
    example's own but for case and spaces, and, from a pool of examples, never of the same post or image.

    Raises:
        ValueError: when the pool has no such post.
    """
    ring = _Ring([_Post(candidate) for candidate in pool], seed)

    def draw(example: PreferenceExample) -> Context:
        for candidate in ring.others(example):
            if candidate.text:
                return candidate.context
        raise ValueError(
            f"example {example.id}: no other post among {len(pool)} to take a rejected context from"
        )

    return [
        replace(example, rejected_context=draw(example)) if example.rejected_context is None else example
        for example in examples
    ]


def with_rejected_images(
    examples: Sequence[PreferenceExample], pool: Sequence[PreferenceExample], seed: int
) -> list[PreferenceExample]:
    """The examples, each with another post's picture: its own when it has one, else one of the pool.

    From one pool, picture and rejected context are drawn from the same post wherever that has a text.

    Raises:
        ValueError: when the pool has no other post with another picture.
    """
    ring = _Ring([_Post(candidate) for candidate in pool], seed)

    def draw(example: PreferenceExample) -> PreferenceExample:
        for candidate in ring.others(example):
            assert candidate.example is not None
            return replace(example, rejected_image=candidate.example.image)
        raise ValueError(
            f"example {example.id}: no other post among {len(pool)} to take a rejected picture from"
        )

    return [draw(example) if example.rejected_image is None else example for example in examples]


class _Post:
    """A candidate; what is dear to compute is computed when it is first compared."""

    def __init__(self, candidate: Context | PreferenceExample) -> None:
        self.example = None if isinstance(candidate, Context) else candidate
        self.context = candidate if isinstance(candidate, Context) else candidate.context

    @cached_property
    def text(self) -> str:
        return " ".join(render_context(self.context).casefold().split())

    @cached_property
    def image(self) -> str:
        return image_digest(self.example) if self.example else ""

    def place(self, seed: int) -> int:
        return _place(seed, self.example.id if self.example else "", *astuple(self.context))

    def is_same(self, other: "_Post") -> bool:
        """Whether it is the same post, as far as what both name can tell."""
        if self.text and self.text == other.text:
            return True
        if self.example is None or other.example is None:
            return False
        same_post = bool(self.example.post) and self.example.post == other.example.post
        return same_post or self.example.id == other.example.id or self.image == other.image


class _Ring:
    def __init__(self, posts: Sequence[_Post], seed: int) -> None:
        self._seed = seed
        placed = sorted(((post.place(seed), index) for index, post in enumerate(posts)))
        self._places = [place for place, _ in placed]
        self._posts = [posts[index] for _, index in placed]

    def others(self, example: PreferenceExample) -> Iterator[_Post]:
        """Candidates that are another post than the example's, from its own place on."""
        own = _Post(example)
        start = bisect(self._places, _place(self._seed, "draw", example.id))
        for step in range(len(self._posts)):
            candidate = self._posts[(start + step) % len(self._posts)]
            if not candidate.is_same(own):
                yield candidate


def _place(seed: int, *names: str) -> int:
    """Where on the ring: 64 bits that are the same in every process."""
    return int.from_bytes(hashlib.sha256("\0".join([str(seed), *names]).encode()).digest()[:8], "big")
