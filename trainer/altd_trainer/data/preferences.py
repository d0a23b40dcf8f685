"""A preference example: one image in its post with a better and, where there is one, a worse alt text."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from PIL import Image

from altd.describe.prompt import Context

Evidence = Literal["edit", "regenerated", "preferred", "accepted", "rejected", "base"]
ImageSource: TypeAlias = bytes | Path | Image.Image


@dataclass(frozen=True)
class PreferenceExample:
    """One image in its post with a better and, where there is one, a worse alt text.

    Attributes:
        id: unique; every random choice about the example is a function of it.
        image: encoded bytes, a file, or a decoded RGB picture.
        context: what surrounds the image in its post.
        lines: text that the reader found in the image.
        chosen: the better alt text.
        rejected: the worse one; None leaves only the terms that need none.
        rejected_context: context of some other post; None lets training draw one from its pool.
        rejected_image: picture of some other post, likewise; used where negatives are of kind `other`.
        response_only: whether it counts through its two texts alone, so that neither another picture nor
            another context is computed for it.
        post: name of the post, when it is known: examples of one post are no negatives of each other.
        source: data set that the example comes from.
        site: site that the post was on.
        evidence: what a person did, or `base` for a data set.
        generation: adapter that wrote the text a person judged; empty for a data set.
        weight: factor of the example's loss.
        origin: file and row that it was read from, for messages.
    """

    id: str
    image: ImageSource
    context: Context
    chosen: str
    rejected: str | None = None
    lines: tuple[str, ...] = ()
    rejected_context: Context | None = None
    rejected_image: ImageSource | None = None
    response_only: bool = False
    post: str = ""
    source: str = ""
    site: str = ""
    evidence: Evidence = "base"
    generation: str = ""
    weight: float = 1.0
    origin: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        if self.evidence not in get_args(Evidence):
            raise ValueError(f"{self.label}: evidence must be one of {get_args(Evidence)}")
        if not self.chosen.strip():
            raise ValueError(f"{self.label}: the chosen text is empty")
        if self.rejected is not None and same_text(self.chosen, self.rejected):
            raise ValueError(f"{self.label}: chosen and rejected are the same text")
        if self.response_only and self.rejected is None:
            raise ValueError(f"{self.label}: it has no text to compare")

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"example {self.id} ({self.origin})" if self.origin else f"example {self.id}"


def same_text(chosen: str, rejected: str) -> bool:
    """Whether two texts leave nothing to prefer."""
    return chosen.strip() == rejected.strip()
